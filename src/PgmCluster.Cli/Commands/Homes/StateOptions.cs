using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Sessions;
using PgmCluster.Silo.Options;

namespace PgmCluster.Cli.Commands.Homes;

/// <summary>Which cluster's state a command is about: by the same settings as its silos.</summary>
internal sealed class StateOptions
{
    private readonly Option<string?> _config = new("--config")
    {
        Description = "JSON file with the settings of a silo in a section \"Pgm\"; each can also be set as $PGM_NAME",
        HelpName = "FILE",
    };

    public void AddTo(Command command) => command.Add(_config);

    /// <summary>The settings, and the home.</summary>
    /// <exception cref="UsageException">A cluster was named by a gateway.</exception>
    public (SiloOptions Options, PgmHome Home) Read(Invocation invocation)
    {
        if (invocation.NamesGateway)
            throw new UsageException(
                "This command reads the state itself, and asks no silo. Leave out --gateway; name the home or PGM_DATABASEFILE.");
        var variable = invocation.Environment.Variable;
        var options = SiloSettings.OfService(variable, invocation.Get(_config), []);
        var home = SiloSettings.SettleHome(options, invocation.Home, invocation.NamesHome || variable("PGM_HOME") is { Length: > 0 });
        options.Validate();
        return (options, home);
    }
}
