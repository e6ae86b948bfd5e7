using System.CommandLine;
using PgmCluster.Cli.Homes;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Data.Downloads;

namespace PgmCluster.Cli.Commands.Evaluation;

/// <summary>Where the weights of the FID Inception network are.</summary>
internal sealed class InceptionOption
{
    public Option<string> File { get; } = new("--inception")
    {
        Description = "File with Inception's weights. Default: "
            + $"${InceptionWeightsFile.Variable}, else the home's cache or artifacts, else fetched once, as by 'pgm inception pull'",
        HelpName = "FILE",
    };

    public void AddTo(Command command) => command.Add(File);

    /// <summary>The file's path, and the artifact of a home that it was copied to, which silos read.</summary>
    /// <inheritdoc cref="LocateAsync"/>
    public async Task<(string Path, ArtifactReference Stored)> StoreAsync(Invocation invocation, PgmHome home)
    {
        var path = await LocateAsync(invocation);
        return (path, Upload.Of(home, path));
    }

    /// <summary>The file's path.</summary>
    /// <exception cref="Data.BadInputException">There is none, and the server refuses.</exception>
    /// <exception cref="DownloadException">There is none, and the server cannot be reached.</exception>
    private async Task<string> LocateAsync(Invocation invocation)
    {
        var given = invocation.Get(File) is { Length: > 0 } file ? file : invocation.Environment.Variable(InceptionWeightsFile.Variable);
        if (given is not null) given = PulledPlaces.File(invocation.Home, given);
        using var http = DownloadHttp.Create(invocation.Environment.FirstPause, followsRedirects: true);
        return await InceptionWeightsFile.LocateAsync(
            given, [invocation.Home.Cache, invocation.Home.ArtifactPath("weights")], http, invocation.Cancellation,
            invocation.Environment.InceptionWeights, invocation.Environment.FirstPause);
    }
}
