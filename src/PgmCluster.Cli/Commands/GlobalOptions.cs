using System.CommandLine;

namespace PgmCluster.Cli.Commands;

/// <summary>Options of every command.</summary>
internal static class GlobalOptions
{
    public static readonly Option<string?> Home = new("--home")
    {
        Description = "Directory with state, artifacts and logs. Default: $PGM_HOME, else ~/.pgm",
        HelpName = "DIR",
        Recursive = true,
    };

    public static readonly Option<string[]> Gateway = new("--gateway")
    {
        Description = "Use the cluster that has a silo's gateway there, instead of the home's silo; several are tried in turn. Default: "
            + "$PGM_GATEWAY",
        HelpName = "HOST:PORT",
        Recursive = true,
    };

    public static readonly Option<string?> Tls = new("--tls")
    {
        Description = "Directory with this program's certificate (tls.crt, tls.key, ca.crt), where silos ask for one. Default: $PGM_TLS",
        HelpName = "DIR",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Print one JSON object on stdout; progress goes to stderr",
        Recursive = true,
    };

    public static readonly Option<bool> NoEmbed = new("--no-embed")
    {
        Description = "Fail (exit 1) where no silo runs, instead of starting one for this command",
        Recursive = true,
    };
}
