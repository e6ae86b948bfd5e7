using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Downloads;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Pulls;

/// <summary>
/// Work item <see cref="WorkKinds.PullFiles"/>: some files of a repository, each in its place with its hash. What came before a worker's
/// end is taken up by the next.
/// </summary>
internal sealed class PullFilesItem(PullFilesWork work, HubAccess hub) : IWorkItem
{
    private static readonly TimeSpan DiskRetry = TimeSpan.FromSeconds(1);

    public string Run(WorkContext context)
    {
        var listing = PullListings.Read(context, work.Listing);
        PullFilesResult? result = null;
        // Servers have a patience of their own; a silence is no sign of a hung device.
        context.Unjudged(() => result = FetchAsync(context, listing).GetAwaiter().GetResult());
        return WorkJson.Write(result);
    }

    private async Task<PullFilesResult> FetchAsync(WorkContext context, PullListing listing)
    {
        var snapshot = listing.Snapshot;
        var files = listing.Files.Skip(work.First).Take(work.Count).ToArray();
        var progress = new PullProgress(files, context.Progress);
        var options = new ParallelOptions { MaxDegreeOfParallelism = work.Parallel, CancellationToken = context.Interrupted };
        var transferred = 0L;
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, files.Length), options, async (index, cancellation) =>
            {
                var moved = await FetchAsync(context, snapshot, files[index], progress.Of(index), cancellation);
                Interlocked.Add(ref transferred, moved);
            });
        }
        catch (OperationCanceledException)
        {
            context.ThrowIfInterrupted();
            throw;
        }
        return new PullFilesResult { Files = files.Length, Bytes = files.Sum(f => f.Length), Transferred = transferred };
    }

    private async Task<long> FetchAsync(
        WorkContext context, HubSnapshot snapshot, HubFile file, IProgress<long> progress, CancellationToken cancellation)
    {
        string? said = null;
        while (true)
        {
            try
            {
                var moved = await hub.Download(context.Waits)
                    .FetchAsync(snapshot, file, hub.Places.Of(snapshot, file), progress, cancellation);
                if (said is not null) context.Waits(null);
                return moved;
            }
            catch (Exception e) when (e is not DownloadException && DiskTrouble.MayPass(e))
            {
                var remedy = StoreRemedy.Sentence(e, "Downloads are kept there");
                var line = $"Writing {hub.Places.Of(snapshot, file)}: {e.Message.TrimEnd('.')}. It is tried again until it can be "
                    + $"written{remedy}.";
                if (said != line)
                {
                    context.Warn(line);
                    context.Waits(line);
                }
                said = line;
            }
            await Task.Delay(DiskRetry, cancellation);
        }
    }
}
