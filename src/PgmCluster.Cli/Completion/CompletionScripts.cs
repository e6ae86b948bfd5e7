namespace PgmCluster.Cli.Completion;

/// <summary>The shells' side: each hands over the words of its line and shows what comes back.</summary>
internal static class CompletionScripts
{
    // Where nothing comes back, the shell completes file names as it would without a script.
    private const string Bash =
        """
        # Completion of pgm for bash: source <(pgm completion bash)
        _pgm() {
          COMPREPLY=()
          local candidate
          while IFS= read -r candidate; do
            COMPREPLY+=("$candidate")
          done < <(pgm completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
        }
        complete -o bashdefault -o default -F _pgm pgm

        """;

    private const string Zsh =
        """
        #compdef pgm
        # Completion of pgm for zsh: source <(pgm completion zsh)
        _pgm() {
          local -a candidates
          candidates=("${(@f)$(pgm completion words -- "${(@)words[2,CURRENT]}" 2> /dev/null)}")
          if [[ -n "${candidates[*]}" ]]; then compadd -a candidates; else _files; fi
        }
        if [[ "${funcstack[1]}" == _pgm ]]; then _pgm; else compdef _pgm pgm; fi

        """;

    private const string Fish =
        """
        # Completion of pgm for fish: pgm completion fish | source
        function __pgm_words
          set -l typed (commandline -opc)
          pgm completion words -- $typed[2..] (commandline -ct) 2> /dev/null
        end
        complete -c pgm -a '(__pgm_words)'

        """;

    public static readonly IReadOnlyList<string> Shells = ["bash", "zsh", "fish"];

    /// <returns>Null for a shell that there is none for.</returns>
    public static string? Find(string shell) => shell switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => null };
}
