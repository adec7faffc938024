//! Completion scripts, written from the table of options.

use super::help::push;
use super::table::{COMMANDS, OPTIONS, Opt};

/// A shell that has completions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// bash.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
    /// `PowerShell`.
    PowerShell,
}

impl Shell {
    /// The shell of a name in any case.
    pub fn find(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "bash" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            "powershell" | "pwsh" => Some(Self::PowerShell),
            _ => None,
        }
    }
}

/// The completion script of a shell.
pub fn completions(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
        Shell::PowerShell => powershell(),
    }
}

fn words() -> Vec<String> {
    let commands = COMMANDS.iter().map(|(name, _, _)| (*name).to_owned());
    let legacy = OPTIONS.iter().filter_map(|option| option.legacy).map(str::to_owned);
    commands
        .chain(legacy)
        .chain(OPTIONS.iter().map(|option| format!("--{}", option.long)))
        .collect()
}

fn is_file(option: &Opt) -> bool {
    matches!(option.value, Some("PATH" | "FILE"))
}

fn patterns(option: &Opt) -> String {
    match option.legacy {
        Some(legacy) => format!("{legacy}|--{}", option.long),
        None => format!("--{}", option.long),
    }
}

fn bash() -> String {
    let mut cases = String::new();
    for option in OPTIONS.iter().filter(|option| option.value.is_some()) {
        let reply = if is_file(option) {
            "COMPREPLY=($(compgen -f -- \"$cur\"))".to_owned()
        } else {
            format!("COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))", option.choices.join(" "))
        };
        push(&mut cases, format_args!("        {}) {reply}; return;;\n", patterns(option)));
    }
    format!(
        "_amt() {{\n    local cur=\"${{COMP_WORDS[COMP_CWORD]}}\" prev=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n    \
         case \"$prev\" in\n{cases}        completions) COMPREPLY=($(compgen -W \"bash zsh fish powershell\" -- \"$cur\")); return;;\n    \
         esac\n    COMPREPLY=($(compgen -W \"{}\" -- \"$cur\"))\n}}\ncomplete -F _amt amt\n",
        words().join(" ")
    )
}

fn zsh() -> String {
    let mut lines = String::new();
    for option in OPTIONS {
        let help =
            option.help.replace('\'', "").replace('[', "(").replace(']', ")").replace(':', "\\:");
        let value = match option.value {
            Some(name) if is_file(option) => format!(":{name}:_files"),
            Some(name) if option.choices.is_empty() => format!(":{name}:"),
            Some(name) => format!(":{name}:({})", option.choices.join(" ")),
            None => String::new(),
        };
        for name in
            option.legacy.map(str::to_owned).into_iter().chain([format!("--{}", option.long)])
        {
            push(&mut lines, format_args!("    '*{name}[{help}]{value}' \\\n"));
        }
    }
    let commands: Vec<_> = COMMANDS.iter().map(|(name, _, _)| *name).collect();
    format!(
        "#compdef amt\n_arguments \\\n{lines}    '1:command:({})' \\\n    '2:shell:(bash zsh fish powershell)'\n",
        commands.join(" ")
    )
}

fn fish() -> String {
    let mut text = String::from("complete -c amt -f\n");
    for (name, _, what) in COMMANDS {
        push(
            &mut text,
            format_args!("complete -c amt -n __fish_use_subcommand -a {name} -d '{what}'\n"),
        );
    }
    text.push_str("complete -c amt -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish powershell'\n");
    for option in OPTIONS {
        let legacy = option.legacy.map_or_else(String::new, |name| format!(" -o {}", &name[1..]));
        let value = match option.value {
            Some(_) if is_file(option) => " -r -F".to_owned(),
            Some(_) if option.choices.is_empty() => " -x".to_owned(),
            Some(_) => format!(" -x -a '{}'", option.choices.join(" ")),
            None => String::new(),
        };
        let help = option.help.replace('\'', "");
        push(
            &mut text,
            format_args!("complete -c amt -l {}{legacy}{value} -d '{help}'\n", option.long),
        );
    }
    text
}

fn powershell() -> String {
    let words: Vec<_> = words().iter().map(|word| format!("'{word}'")).collect();
    let mut cases = String::new();
    for option in OPTIONS.iter().filter(|option| !option.choices.is_empty()) {
        let choices: Vec<_> = option.choices.iter().map(|choice| format!("'{choice}'")).collect();
        push(
            &mut cases,
            format_args!(
                "        '^({})$' {{ $choices = @({}) }}\n",
                patterns(option),
                choices.join(", ")
            ),
        );
    }
    format!(
        "Register-ArgumentCompleter -Native -CommandName amt -ScriptBlock {{\n    param($word, $ast, $position)\n    \
         $before = $ast.CommandElements | Where-Object {{ $_.Extent.EndOffset -lt $position }} | Select-Object -Last 1\n    \
         $choices = @({})\n    switch -Regex (\"$before\") {{\n{cases}        \
         '^completions$' {{ $choices = @('bash', 'zsh', 'fish', 'powershell') }}\n    }}\n    \
         $choices | Where-Object {{ $_ -like \"$word*\" }} | ForEach-Object {{ [System.Management.Automation.CompletionResult]::new($_) }}\n}}\n",
        words.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_knows_every_option() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::PowerShell] {
            let script = completions(shell);
            for option in OPTIONS {
                let long = if shell == Shell::Fish {
                    format!("-l {}", option.long)
                } else {
                    format!("--{}", option.long)
                };
                assert!(script.contains(&long), "{shell:?} {long}");
            }
        }
    }
}
