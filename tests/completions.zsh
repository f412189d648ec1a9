# Asks zsh what it offers: zsh -f completions.zsh FOLDER, with the script in FOLDER/_ckptlint.
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; fpath=($1 \$fpath); autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-colors ''; unsetopt beep; LISTMAX=1000; bindkey '^I' list-choices; echo rea''dy"
zpty -r -m shell out '*ready*'

# offers LINE WORD...: each is offered for the line.
offers() {
  local line=$1 out='' more
  shift
  zpty -w -n shell "$line"$'\t'
  repeat 40; do
    sleep 0.1
    while zpty -r -t shell more; do out+=$more; done
    [[ $out == *$argv[-1]* ]] && break
  done
  zpty -w -n shell $'\x15'
  local word
  for word in $argv; do
    [[ $out == *$word* ]] || { print -r -- "FAILED: zsh does not offer $word for $line: ${(V)out}"; exit 1; }
  done
  [[ $out != *'command not found'* && $out != *unmatched* ]] || { print -r -- "FAILED: $line: ${(V)out}"; exit 1; }
}

offers 'ckptlint gr' 'graph  -- '
offers 'ckptlint check --fail-on ' 'error  ' 'info  ' 'warning  '
offers 'ckptlint explain unsafe-' 'unsafe-code  ' 'unsafe-pickle  '
offers 'ckptlint sources ' 'add  ' 'list  ' 'remove  '
offers 'ckptlint map --device-map balanced' 'balanced_low_0'
offers 'ckptlint --fail' '--fail-on  -- '
zpty -d shell
