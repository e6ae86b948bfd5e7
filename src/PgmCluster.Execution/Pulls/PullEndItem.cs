using PgmCluster.Data;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Hub;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Pulls;

/// <summary>Work item <see cref="WorkKinds.PullEnd"/>: writes down that a repository is here, so that it is found by its name.</summary>
internal sealed class PullEndItem(PullEndWork work, HubAccess hub) : IWorkItem
{
    public string Run(WorkContext context)
    {
        var listing = PullListings.Read(context, work.Listing);
        var snapshot = listing.Snapshot;
        foreach (var file in listing.Files)
        {
            context.ThrowIfInterrupted();
            var info = new FileInfo(hub.Places.Of(snapshot, file));
            if (!info.Exists || info.Length != file.Length)
                throw new DataCorruptException(
                    $"Ending the pull of {listing.Repository}: {info.FullName} was fetched and is "
                    + $"{(info.Exists ? $"{info.Length} bytes long, not {file.Length}" : "not there")}. "
                    + "Do all silos see the same directory of downloads? Pull again: only what is missing is fetched.");
        }
        var reference = hub.Places.Reference(snapshot.Repository, listing.Revision);
        context.WriteWhenThereIsSpace($"Writing {reference}", () => AtomicFile.WriteAllText(reference, $"{listing.Commit}\n"));
        return WorkJson.Write(
            new PullFilesResult { Files = listing.Files.Count, Bytes = listing.Files.Sum(f => f.Length), Transferred = 0 });
    }
}
