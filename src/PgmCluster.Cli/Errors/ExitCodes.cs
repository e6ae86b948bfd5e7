namespace PgmCluster.Cli.Errors;

/// <summary>What the process returns; scripts depend on it.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The work failed, or what it needs, such as a server, was not there: repeating may help.</summary>
    public const int Failed = 1;

    /// <summary>The command line, a file or a place to write is wrong: repeating cannot help.</summary>
    public const int BadInput = 2;

    public const int Interrupted = 130;

    /// <summary>A section of every <c>--help</c>.</summary>
    public const string Help = """
        Exit codes:
          0    ok
          1    failed; where a server was not reached, repeating may help
          2    bad input: an unknown name, a damaged file, a place that cannot be written, a full disk
          130  interrupted (Ctrl-C); a second Ctrl-C leaves at once
        """;
}
