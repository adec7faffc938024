"""A mail server for tests, on aiosmtpd. Says `listening PORT`, and ends when its standard input does.

The part of an address before the @ says what becomes of it: `gone` is refused for good, `busy` for now, `hang` gets no answer; for
`full`, `late`, `cut` and `stall` the message is refused for good, refused for now, lost with the connection, or gets no answer.
Each message that is taken becomes a file N.json in the folder, read by Python's own mail parser.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys
import threading

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.number = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split("@")[0]
        if name == "gone":
            return "550 5.1.1 no such user"
        if name == "busy":
            return "451 4.7.1 greylisted"
        if name == "hang":
            await asyncio.Event().wait()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        names = [address.split("@")[0] for address in envelope.rcpt_tos]
        if "full" in names:
            return "552 5.2.2 mailbox full"
        if "late" in names:
            return "452 4.3.1 disk full"
        if "cut" in names:
            server.transport.abort()
            await asyncio.Event().wait()
        if "stall" in names:
            await asyncio.Event().wait()
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        login = session.auth_data
        record = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "shown_to": str(message["to"]),
            "shown_from": str(message["from"]),
            "message_id": message["message-id"],
            "headers": sorted(message.keys()),
            "text": message.get_content().replace("\r\n", "\n").rstrip("\n"),
            "encrypted": session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None,
            "user": login.login.decode() if session.authenticated else None,
            "connection": session.peer[1],
        }
        self.number += 1
        file = os.path.join(self.folder, f"{self.number}.json")
        with open(file + ".new", "w") as out:
            json.dump(record, out)
        os.rename(file + ".new", file)
        return f"250 2.0.0 taken as {self.number}"


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--tls", choices=["none", "starttls", "tls"], default="none")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    options = parser.parse_args()
    context = None
    if options.tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)

    def authenticate(server, session, envelope, mechanism, login):
        good = login.login.decode() == options.user and login.password.decode() == options.password
        # Not handled: the server itself says 235 or 535.
        return AuthResult(success=good, handled=False, auth_data=login)

    handler = Handler(options.folder)

    def protocol():
        return SMTP(
            handler,
            hostname="mail.test",
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            authenticator=authenticate,
            auth_required=options.user is not None,
            auth_require_tls=options.tls == "starttls",
        )

    implicit = context if options.tls == "tls" else None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=implicit)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print("listening", server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
