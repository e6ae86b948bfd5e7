using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Pulls;
using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Pulls;
using PgmCluster.Execution.Work;
using PgmCluster.Grains.Jobs;

namespace PgmCluster.Grains.Pulls;

/// <inheritdoc cref="IHubListing"/>
internal sealed class HubListing(HubAccess hub, IArtifactStore store) : IHubListing
{
    /// <summary>Less than the caller waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    public async Task<ListedPull> ListAsync(string jobId, PullRequest request)
    {
        var repository = HubRepository.Of(request.Kind == PullKind.Dataset ? HubKind.Dataset : HubKind.Model, request.Repository);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var client = hub.Client();
            var snapshot = await client.ListAsync(repository, request.Revision, patience.Token);
            var files = new HubSelection(request.Files, request.Exclude, request.Split).Of(snapshot);
            await client.RequireReadableAsync(snapshot, files[0], patience.Token);
            RequireRoom(snapshot, files);
            var listing = new PullListing
            {
                Kind = repository.Kind,
                Repository = repository.Name,
                Revision = request.Revision,
                Commit = snapshot.Commit,
                Files = files,
            };
            using var text = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(WorkJson.Write(listing)));
            var written = await store.WriteAsync($"pulls/{jobId}/listing.json", text.CopyToAsync, patience.Token);
            return new ListedPull(
                written.ToReference(), snapshot.Commit, hub.Places.Of(repository, snapshot.Commit),
                [.. files.Select(f => (f.Path, f.Length))]);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            throw new PgmException(
                $"Listing {repository.Name} at {request.Revision}: no answer within {Patience.TotalSeconds:0} s. Try again later.");
        }
        catch (DownloadException e)
        {
            throw new PgmException(e.Message, e);
        }
    }

    private void RequireRoom(HubSnapshot snapshot, IReadOnlyList<HubFile> files)
    {
        var place = hub.Places.Of(snapshot.Repository, snapshot.Commit);
        var needed = files.Sum(f => f.Length - HubDownload.Here(f, hub.Places.Of(snapshot, f)));
        long free;
        try
        {
            free = new DriveInfo(ExistingDirectory.Nearest(place)).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return;
        }
        if (free < needed)
            throw new BadInputException(
                $"Pulling {snapshot.Repository.Name}: "
                + $"{needed / 1e9:0.0} GB are still to come, and {free / 1e9:0.0} GB are free at {place}. "
                + "Make room there, pull fewer files, or name another directory with Pgm:Downloads.");
    }
}
