//! `amt man`: the manual page, in troff.

use super::help::{help, push};
use super::table::{COMMANDS, OPTIONS};

/// The manual page.
pub fn man() -> String {
    let mut page = format!(
        ".TH AMT 1 \"\" \"amt {}\"\n.SH NAME\namt \\- start a job on an AMT Batch Server and print its log\n\
         .SH SYNOPSIS\n.B amt\n[\\fIOPTIONS\\fR]\n",
        env!("CARGO_PKG_VERSION")
    );
    for (name, operand, _) in COMMANDS {
        push(&mut page, format_args!(".br\n.B amt {name}\n{}\n", escape(operand)));
    }
    page.push_str(
        ".SH DESCRIPTION\nStarts one AMT job or script, waits for its end, prints the job log and ends with the AMT \
         completion code. It reads Connector.config from the folder of the program.\n",
    );
    let mut group = "";
    for option in OPTIONS {
        if option.group != group {
            group = option.group;
            push(&mut page, format_args!(".SH {}\n", group.to_uppercase()));
        }
        let legacy =
            option.legacy.map_or_else(String::new, |name| format!("\\fB{}\\fR, ", escape(name)));
        let value =
            option.value_shown().map_or_else(String::new, |name| format!(" \\fI{name}\\fR"));
        let long = escape(&format!("--{}", option.long));
        push(
            &mut page,
            format_args!(".TP\n{legacy}\\fB{long}\\fR{value}\n{}\n", escape(option.help)),
        );
    }
    page.push_str(".SH COMMANDS\n");
    for (name, operand, what) in COMMANDS {
        push(&mut page, format_args!(".TP\n.B {name} {}\n{}\n", escape(operand), escape(what)));
    }
    page.push_str(".SH EXAMPLES AND EXIT CODES\n.nf\n");
    let help = help();
    for line in help.split("\nExamples:\n").nth(1).unwrap_or_default().lines() {
        push(&mut page, format_args!("{}\n", escape(line)));
    }
    page.push_str(".fi\n.SH SEE ALSO\n.BR encrypt (1)\n");
    page
}

/// Text that troff prints as it stands.
fn escape(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_every_option_and_no_stray_request() {
        let page = man();
        for option in OPTIONS {
            assert!(page.contains(&escape(&format!("--{}", option.long))), "{}", option.long);
        }
        let known = [".TH", ".SH", ".B ", ".BR", ".br", ".TP", ".nf", ".fi"];
        for line in page.lines().filter(|line| line.starts_with('.')) {
            assert!(known.iter().any(|request| line.starts_with(request)), "{line}");
        }
        assert!(page.contains("C:\\escripts"));
    }
}
