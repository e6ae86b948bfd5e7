using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Images;
using PgmCluster.Data.Manifests;
using PgmCluster.Execution.Work;

namespace PgmCluster.Execution.Registration;

/// <summary>Work item <see cref="WorkKinds.MakeManifest"/>: puts the indexes of all shards together.</summary>
public sealed class MakeManifestItem(MakeManifestWork work) : IWorkItem
{
    public string Run(WorkContext context)
    {
        var plan = context.Read(work.Plan, RegistrationPlan.ReadWithoutFiles);
        var splits = new SplitRequest(work.ValidationImages, work.ValidationShare);
        ArtifactInfo? made = null;
        context.Unjudged(() =>
        {
            var known = work.Known is { } registered ? context.Read(registered, DatasetManifest.Read) : null;
            var (manifest, file) = DatasetIndexing.ConcludeAsync(
                plan, work.Indexes, work.Location, splits, work.SkipUnreadable, context.Artifacts, context.Interrupted,
                BackgroundColor.Parse(work.Background)).GetAwaiter().GetResult();
            if (known is not null) manifest.RequireSuccessorOf(known, work.Dataset, work.KnownLocation!, work.Location);
            made = file;
        });
        return WorkJson.Write(new MakeManifestResult(made!));
    }
}
