/** Shells that completion scripts can be made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** One of {@link SHELLS}. */
export type Shell = (typeof SHELLS)[number];

/** What the program prints as the only line when the shell should offer files. */
export const FILES_MARK = ":files";

/**
 * The script that makes a shell complete a program. It holds no knowledge: it hands the words over to
 * `<program> __complete`, which answers one candidate per line, a tab, and what it means.
 */
export function completionScript(shell: Shell, program: string): string {
  return SCRIPTS[shell](program, program.replaceAll(/\W/g, "_"));
}

const SCRIPTS: Readonly<Record<Shell, (program: string, name: string) => string>> = {
  bash: (program, name) => `# completion of ${program} for bash; to use it, put this into ~/.bashrc:
#   eval "$(${program} completion bash)"
_${name}_complete() {
  local i word head value quoted current=""
  local -a words=()
  # bash takes words apart at @ : and =; put together again what no space stands between
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]})) && [[ $word == [@:=] || \${COMP_WORDS[i - 1]} == [@:=] ]] &&
      [[ $COMP_LINE == *"\${words[\${#words[@]} - 1]}$word"* ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  current=\${words[\${#words[@]} - 1]}
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    if [[ $value == ${FILES_MARK} ]]; then
      compopt -o filenames 2>/dev/null
      [[ $current == --*=* ]] && current=\${current#*=}
      while IFS= read -r value; do COMPREPLY+=("$value"); done < <(compgen -f -- "$current")
      return
    fi
    # bash replaces only what follows its last word break, but an @ stays with its word
    word=\${COMP_WORDS[COMP_CWORD]}
    [[ $word == [:=] ]] && word=""
    head=\${current%"$word"}
    value=\${value#"\${head%@}"}
    printf -v quoted %q "$value"
    COMPREPLY+=("$quoted")
  done < <("\${COMP_WORDS[0]}" __complete "\${words[@]}" 2>/dev/null)
}
complete -F _${name}_complete ${program}
`,
  zsh: (program, name) => `#compdef ${program}
# completion of ${program} for zsh; to use it, put this into ~/.zshrc:
#   source <(${program} completion zsh)
_${name}() {
  local line value
  local -a lines offers
  lines=("\${(@f)$("\${words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "\${lines[1]}" == ${FILES_MARK} ]]; then
    compset -P '--*='
    _files
    return
  fi
  for line in "\${lines[@]}"; do
    [[ -n "$line" ]] || continue
    value="\${line%%$'\\t'*}"
    offers+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe ${program} offers
}
if [[ "\${funcstack[1]}" == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${program}
fi
`,
  fish: (
    program,
    name,
  ) => `# completion of ${program} for fish; to use it, put this into ~/.config/fish/config.fish:
#   ${program} completion fish | source
function __${name}_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (command $words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test "$lines[1]" = ${FILES_MARK}
        __fish_complete_path "$current"
    else
        printf '%s\\n' $lines
    end
end
complete -c ${program} -f -a '(__${name}_complete)'
`,
};
