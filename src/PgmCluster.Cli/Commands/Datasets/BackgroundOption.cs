using System.CommandLine;
using PgmCluster.Cli.Errors;
using PgmCluster.Data;
using PgmCluster.Data.Images;

namespace PgmCluster.Cli.Commands.Datasets;

/// <summary>The option <c>--background</c>.</summary>
internal static class BackgroundOption
{
    public static Option<string?> Create() => new("--background")
    {
        Description = "Compose transparent images on white, black or #rrggbb, in all that is made from them. Without it their transparency "
            + "is dropped, as the public code does",
        HelpName = "COLOR",
    };

    /// <summary>The colour as "#rrggbb"; null where none is given.</summary>
    /// <exception cref="UsageException">It is no colour.</exception>
    public static string? Parse(string? text)
    {
        try
        {
            return BackgroundColor.Parse(text)?.ToString();
        }
        catch (BadInputException e)
        {
            throw new UsageException(e.Message);
        }
    }
}
