namespace PgmCluster.Cli.Errors;

/// <summary>The command may use a running silo only, and there is none.</summary>
internal sealed class NoSiloException(string home)
    : Exception($"Looking for a running silo of {home}: there is none. Start one with 'pgm up --home {home}', or leave out --no-embed.");
