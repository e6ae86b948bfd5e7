using PgmCluster.Contracts.Datasets;
using PgmCluster.Grains.Datasets;

namespace PgmCluster.Silo.Tests.Storage.States;

/// <summary>What is stored since datasets are registered by jobs.</summary>
internal static class StoredRegistrations
{
    private static readonly RegistrationRequest Request = new()
    {
        Dataset = "shoes",
        Asked = new DatasetRequest
        {
            Location = "/data/größe",
            ValidationImages = 3,
            ValidationShare = 0.25,
            Format = "webdataset",
            SkipUnreadable = 2,
        },
        Plan = StoredStates.Artifact("plan"),
        Open = [17, 9007199254740993],
        Known = StoredStates.Artifact("manifest"),
        KnownLocation = "/data/shoes",
    };

    /// <param name="before">The samples of before.</param>
    public static IEnumerable<(string File, object State)> After(IReadOnlyList<(string File, object State)> before)
    {
        var dataset = (DatasetState)before.Single(sample => sample.File == "dataset.2.json").State;
        yield return ("dataset.3.json", new DatasetState
        {
            FormatVersion = 7,
            Info = dataset.Info! with { Version = 2 },
            Plan = StoredStates.Artifact("plan"),
            Job = "register-shoes-2",
            Asked = Request,
            Jobs = 2,
        });
        // Since transparency may be composed on a background.
        yield return ("dataset.4.json", new DatasetState
        {
            FormatVersion = 7,
            Info = dataset.Info! with { Version = 3, Background = "#ffffff", ShorterSides = [0, 4, 20] },
            Plan = StoredStates.Artifact("plan"),
            Job = "register-shoes-3",
            Asked = Request with { Asked = Request.Asked with { Background = "#ffffff" } },
            Jobs = 3,
        });
        // Since everything may be read again.
        yield return ("dataset.5.json", new DatasetState
        {
            FormatVersion = 7,
            Info = dataset.Info! with { Version = 4, Background = "#ffffff", ShorterSides = [0, 4, 20] },
            Plan = StoredStates.Artifact("plan"),
            Job = "register-shoes-4",
            Asked = Request with { Asked = Request.Asked with { Background = "#ffffff", Verify = true } },
            Jobs = 4,
        });
        yield return ("registration-job.1.json", Job(Request));
        yield return ("registration-job.2.json", Job(Request with { Asked = Request.Asked with { Background = "#ffffff", Verify = true } }));
    }

    private static RegistrationJobState Job(RegistrationRequest request) => StoredStates.Job(new RegistrationJobState
    {
        Request = request,
        Asked = Request with { KnownLocation = "/data/other" },
        Parts = StoredStates.Parts(),
        Units = StoredUnits.Runs,
        Done = [5],
        Manifest = StoredStates.Artifact("manifest"),
    });
}
