//! `$NOTIFY:…`: messages to people and other systems.

use crate::action::Privilege;
use crate::event::field::{AlarmSeverity, Field, LogSeverity, Number, Text, printed};
use crate::event::reader::{BadEvent, Reader};
use crate::event::spec::{Arg, Needs, Spec, needed, optional};
use crate::name::BatchUserName;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotifyCommand {
    /// `EMAIL`.
    Email(Email),
    /// `TEXTMSG`: to a telephone, by its mail address.
    TextMessage {
        /// The address.
        to: Field<Text>,
        /// The message.
        message: Field<Text>,
        /// Leave out what the scheduler would put before it.
        no_prefix: Option<Field<bool>>,
    },
    /// `LOG`: an entry in the system's log.
    Log {
        /// How grave.
        severity: Field<LogSeverity>,
        /// The number by which other tools know it.
        event_id: Field<Number<0, 65535>>,
        /// The message.
        message: Field<Text>,
        /// Where it says it comes from.
        source: Option<Field<Text>>,
        /// Leave out what the scheduler would put before it.
        no_prefix: Option<Field<bool>>,
    },
    /// `COMMAND`: run a program on the server.
    Command {
        /// The program with its arguments.
        command: Field<Text>,
        /// Its working directory.
        working_directory: Option<Field<Text>>,
        /// As whom it runs.
        user: Option<Field<BatchUserName>>,
    },
    /// `NETSEND`: a message on the screen of a computer.
    NetSend {
        /// The computer.
        machine: Field<Text>,
        /// The message.
        message: Field<Text>,
        /// Leave out what the scheduler would put before it.
        no_prefix: Option<Field<bool>>,
    },
    /// `SNMP`: a trap.
    Snmp {
        /// 1 critical, 2 major, 3 minor, 4 warning, 5 information.
        severity: Field<Number<1, 5>>,
        /// The number by which other tools know it.
        event_id: Field<Number<0, 65535>>,
        /// The message.
        message: Field<Text>,
        /// Leave out what the scheduler would put before it.
        no_prefix: Option<Field<bool>>,
    },
    /// `SPOAL`: an alarm of SPO.
    SpoAlarm {
        /// The message; machine, date, schedule and job unless given.
        message: Option<Field<Text>>,
        /// How grave.
        severity: Field<AlarmSeverity>,
        /// Its id.
        alarm_id: Field<Text>,
        /// Its qualifier.
        alarm_qualifier: Field<Text>,
        /// Leave out what the scheduler would put before it.
        no_prefix: Option<Field<bool>>,
    },
    /// `SPOCO`: a command of SPO.
    SpoCommand {
        /// The instance.
        instance: Field<Text>,
        /// The command.
        command: Field<Text>,
    },
    /// `TASKS`: a mail with the numbers of tasks that have run.
    Tasks {
        /// Addresses.
        to: Field<Text>,
        /// Addresses for copies.
        cc: Option<Field<Text>>,
        /// Addresses for hidden copies.
        bcc: Option<Field<Text>>,
        /// Subject.
        subject: Field<Text>,
        /// A day, or the name of a month.
        period: Field<Text>,
    },
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// Addresses, with `;` between them.
    pub to: Field<Text>,
    /// Addresses for copies.
    pub cc: Option<Field<Text>>,
    /// Addresses for hidden copies.
    pub bcc: Option<Field<Text>>,
    /// Subject.
    pub subject: Field<Text>,
    /// The message.
    pub message: Field<Text>,
    /// Paths of files, with `|` between them.
    pub attachments: Option<Field<Text>>,
    /// Leave out what the scheduler would put before it.
    pub no_prefix: Option<Field<bool>>,
}

const NO_PREFIX: Arg = optional("exclude prefix: Y/N", None);
const TO: Arg = needed("to", "MAILTO");
const CC: Arg = optional("cc", Some("MAILCC"));
const BCC: Arg = optional("bcc", Some("MAILBCC"));
const SUBJECT: Arg = needed("subject", "MAILSUBJ");

const fn spec(action: &'static str, what: &'static str, args: &'static [Arg]) -> Spec {
    let needs = Needs::Privilege(Privilege::Notifications);
    Spec { group: "NOTIFY", action, what, args, needs }
}

/// The vendor's page names no privilege for these. Whoever may define notifications may send them; a program
/// on the server is for administrators.
pub(super) const SPECS: [Spec; 9] = [
    spec(
        "EMAIL",
        "sends a mail",
        &[
            TO,
            CC,
            BCC,
            SUBJECT,
            needed("message", "MAILBODY"),
            optional("attachments", Some("ATTACHMENTS")).of("ATTACH", '|'),
            NO_PREFIX,
        ],
    ),
    spec(
        "TEXTMSG",
        "sends a text message",
        &[needed("to", "TEXTTO"), needed("message", "TEXTMSG"), NO_PREFIX],
    ),
    spec(
        "LOG",
        "writes into the system's log",
        &[
            needed("severity", "LOGSEV"),
            needed("event id", "LOGID"),
            needed("message", "LOGMSG"),
            optional("event source", None),
            NO_PREFIX,
        ],
    ),
    Spec {
        needs: Needs::Privilege(Privilege::AllAdministrative),
        ..spec(
            "COMMAND",
            "runs a program on the server",
            &[
                needed("path and command", "WINCOMMAND"),
                optional("working directory", Some("WORKDIR")),
                optional("batch user", Some("BATCHUSER")),
            ],
        )
    },
    spec(
        "NETSEND",
        "shows a message on the screen of a computer",
        &[needed("machine", "NETMACH"), needed("message", "NETMSG"), NO_PREFIX],
    ),
    spec(
        "SNMP",
        "sends an SNMP trap",
        &[
            needed("severity", "SNMPTRAP"),
            needed("event id", "SNMPID"),
            needed("message", "SNMPMSG"),
            NO_PREFIX,
        ],
    ),
    spec(
        "SPOAL",
        "sends an alarm to SPO",
        &[
            optional("text", Some("SPOALARMMSG")),
            needed("severity", "SPOSEV"),
            needed("alarm id", "SPOALARMID"),
            needed("alarm qualifier", "SPOALARMQUAL"),
            NO_PREFIX,
        ],
    ),
    spec(
        "SPOCO",
        "sends a command to SPO",
        &[needed("instance", "SPOINST"), needed("command", "SPOCOMMAND")],
    ),
    spec(
        "TASKS",
        "mails the numbers of tasks that have run",
        &[TO, CC, BCC, SUBJECT, needed("date desired", "DATEDESIRED")],
    ),
];

pub(super) fn read(reader: &mut Reader<'_>) -> Result<NotifyCommand, BadEvent> {
    Ok(match reader.spec().action {
        "EMAIL" => NotifyCommand::Email(Email {
            to: reader.needed()?,
            cc: reader.optional()?,
            bcc: reader.optional()?,
            subject: reader.needed()?,
            message: reader.needed()?,
            attachments: reader.optional()?,
            no_prefix: reader.optional()?,
        }),
        "TEXTMSG" => NotifyCommand::TextMessage {
            to: reader.needed()?,
            message: reader.needed()?,
            no_prefix: reader.optional()?,
        },
        "LOG" => NotifyCommand::Log {
            severity: reader.needed()?,
            event_id: reader.needed()?,
            message: reader.needed()?,
            source: reader.optional()?,
            no_prefix: reader.optional()?,
        },
        "COMMAND" => NotifyCommand::Command {
            command: reader.needed()?,
            working_directory: reader.optional()?,
            user: reader.optional()?,
        },
        "NETSEND" => NotifyCommand::NetSend {
            machine: reader.needed()?,
            message: reader.needed()?,
            no_prefix: reader.optional()?,
        },
        "SNMP" => NotifyCommand::Snmp {
            severity: reader.needed()?,
            event_id: reader.needed()?,
            message: reader.needed()?,
            no_prefix: reader.optional()?,
        },
        "SPOAL" => NotifyCommand::SpoAlarm {
            message: reader.optional()?,
            severity: reader.needed()?,
            alarm_id: reader.needed()?,
            alarm_qualifier: reader.needed()?,
            no_prefix: reader.optional()?,
        },
        "SPOCO" => {
            NotifyCommand::SpoCommand { instance: reader.needed()?, command: reader.needed()? }
        }
        _ => NotifyCommand::Tasks {
            to: reader.needed()?,
            cc: reader.optional()?,
            bcc: reader.optional()?,
            subject: reader.needed()?,
            period: reader.needed()?,
        },
    })
}

impl NotifyCommand {
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Email(_) => "EMAIL",
            Self::TextMessage { .. } => "TEXTMSG",
            Self::Log { .. } => "LOG",
            Self::Command { .. } => "COMMAND",
            Self::NetSend { .. } => "NETSEND",
            Self::Snmp { .. } => "SNMP",
            Self::SpoAlarm { .. } => "SPOAL",
            Self::SpoCommand { .. } => "SPOCO",
            Self::Tasks { .. } => "TASKS",
        }
    }

    pub(super) fn fields(&self) -> Vec<String> {
        match self {
            Self::Email(email) => email.fields(),
            Self::TextMessage { to, message, no_prefix } => {
                vec![to.print(), message.print(), printed(no_prefix.as_ref())]
            }
            Self::Log { severity, event_id, message, source, no_prefix } => vec![
                severity.print(),
                event_id.print(),
                message.print(),
                printed(source.as_ref()),
                printed(no_prefix.as_ref()),
            ],
            Self::Command { command, working_directory, user } => {
                vec![command.print(), printed(working_directory.as_ref()), printed(user.as_ref())]
            }
            Self::NetSend { machine, message, no_prefix } => {
                vec![machine.print(), message.print(), printed(no_prefix.as_ref())]
            }
            Self::Snmp { severity, event_id, message, no_prefix } => vec![
                severity.print(),
                event_id.print(),
                message.print(),
                printed(no_prefix.as_ref()),
            ],
            Self::SpoAlarm { message, severity, alarm_id, alarm_qualifier, no_prefix } => vec![
                printed(message.as_ref()),
                severity.print(),
                alarm_id.print(),
                alarm_qualifier.print(),
                printed(no_prefix.as_ref()),
            ],
            Self::SpoCommand { instance, command } => vec![instance.print(), command.print()],
            Self::Tasks { to, cc, bcc, subject, period } => vec![
                to.print(),
                printed(cc.as_ref()),
                printed(bcc.as_ref()),
                subject.print(),
                period.print(),
            ],
        }
    }
}

impl Email {
    fn fields(&self) -> Vec<String> {
        vec![
            self.to.print(),
            printed(self.cc.as_ref()),
            printed(self.bcc.as_ref()),
            self.subject.print(),
            self.message.print(),
            printed(self.attachments.as_ref()),
            printed(self.no_prefix.as_ref()),
        ]
    }
}
