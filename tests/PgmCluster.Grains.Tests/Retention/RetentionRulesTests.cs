using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Options;
using PgmCluster.Grains.Tests.Support;
using static PgmCluster.Grains.Tests.Support.Waits;

namespace PgmCluster.Grains.Tests.Retention;

/// <summary>Jobs that are deleted by rules, or many at once, and what is left where that is cut off.</summary>
public class RetentionRulesTests
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50), Week = TimeSpan.FromDays(7);

    [Fact]
    public async Task Age_JobsThatEndedBefore_GoWithTheirRecordsAndFiles_KeptOnesAndWhatTheyUseStay()
    {
        var root = Directory.CreateTempSubdirectory("pgm-retention-").FullName;
        string[] all = ["tok", "cls", "tokens", "model"];
        await using (var cluster = await GrainCluster.Start(directory: root))
        {
            await cluster.MakeModel(validation: 0, location: WriteImages(root));
            await Retention(cluster).Keep("tokens", keep: true);
            await MakeOld(cluster, all);
            foreach (var job in all) WriteOldFile(root, job);
        }

        await using var next = await GrainCluster.Start(
            directory: root, configure: options => options.Retention = new RetentionRules(Week, 0, Often));
        await Eventually("those that nothing needs are gone", () => Listed(next), jobs => jobs.Count == 2);
        // The tokens name their tokenizer.
        Assert.Equal(["tok", "tokens"], await Listed(next));
        await Assert.ThrowsAsync<NotFoundException>(() => next.Run("model").GetStatus());
        Assert.Equal(JobPhase.Completed, (await next.Tokens("tokens").GetStatus()).Phase);
        await Eventually(
            "their files are gone", () => Task.FromResult(all.Count(job => File.Exists(OldFile(root, job)))), files => files == 2);
        Assert.All(["tok", "tokens"], job => Assert.True(File.Exists(OldFile(root, job))));
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task Count_TheNewestOfEachKindStay_AndWhatTheyAreMadeFrom()
    {
        var root = Directory.CreateTempSubdirectory("pgm-retention-").FullName;
        await using (var cluster = await GrainCluster.Start(directory: root)) await cluster.MakeModel();

        await using var next = await GrainCluster.Start(
            directory: root, configure: options => options.Retention = new RetentionRules(TimeSpan.Zero, 1, Often));
        // Of three trainings "model" is the last, and is made from tokens, and these with "tok".
        await Eventually("the one that is too many is gone", () => Listed(next), jobs => !jobs.Contains("cls"));
        Assert.Equal(["model", "tok", "tokens"], await Listed(next));
        Directory.Delete(root, recursive: true);
    }

    /// <summary>Between the look at what refers to a job and its deletion there may be minutes.</summary>
    [Fact]
    public async Task Delete_SomethingWasMadeFromItSinceTheLook_ItStaysAndIsListed()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        cluster.Storage.AfterRecords = () => cluster.Samples("faces").Start(new() { Model = "model" });

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention(cluster).Delete("model"));
        Assert.Contains("'faces' has been made from it meanwhile. Try again", refused.Message);
        Assert.Contains("model", await Listed(cluster));
        Assert.Equal(JobPhase.Completed, (await cluster.Run("model").GetStatus()).Phase);
    }

    [Fact]
    public async Task DeleteMany_DryRun_NamesWhatWouldGoAndDeletesNothing_TheSameWithoutDeletes()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        await Retention(cluster).Keep("cls", keep: true);
        var trainings = new JobSelection { Kind = JobKind.Training };

        Assert.Equal(["model"], Gone(await DeleteMany(cluster, trainings, dryRun: true)));
        Assert.Equal(4, (await Listed(cluster)).Count);
        var all = await DeleteMany(cluster, new JobSelection(), dryRun: true);
        Assert.Equal(["model", "tok", "tokens"], Gone(all));

        var deleted = await DeleteMany(cluster, trainings, dryRun: false);
        Assert.Equal(["model"], Gone(deleted));
        Assert.Contains("its files are in use by tokenization-job 'tokens' (runs/tok/", deleted.Single(v => v.Id == "tok").Stays);
        Assert.Equal(["cls", "tok", "tokens"], await Listed(cluster));
    }

    [Fact]
    public async Task DeleteMany_ByAgeAndPhase_LeavesOthersAlone()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        await cluster.Run("more").Start(GrainCluster.Request());
        await cluster.Run("more").Pause();
        await Eventually(async () => await cluster.Scheduler.Find("more") is null, "no device works on it any more");
        await MakeOld(cluster, ["cls", "more"]);

        Assert.Equal(["cls"], Gone(await DeleteMany(cluster, new JobSelection { OlderThan = Week }, dryRun: true)));
        Assert.Equal(["more"], Gone(await DeleteMany(cluster, new JobSelection { Phase = JobPhase.Paused }, dryRun: true)));
        Assert.Empty(Gone(await DeleteMany(cluster, new JobSelection { Phase = JobPhase.Failed }, dryRun: true)));
    }

    [Fact]
    public async Task Keep_IsNotDeletedUntilItIsTakenBack()
    {
        await using var cluster = await GrainCluster.Start();
        await cluster.MakeModel();
        await Retention(cluster).Keep("model", keep: true);
        await Retention(cluster).Keep("model", keep: true);

        var refused = await Assert.ThrowsAsync<InvalidRequestException>(() => Retention(cluster).Delete("model"));
        Assert.Contains("it is marked to be kept. Take that back with 'pgm runs keep model --no-keep'", refused.Message);
        Assert.True((await cluster.Grains.GetGrain<ICatalogGrain>("jobs").Find("model"))!.Kept);

        await Retention(cluster).Keep("model", keep: false);
        await Retention(cluster).Delete("model");
        await Assert.ThrowsAsync<NotFoundException>(() => Retention(cluster).Keep("model", keep: true));
    }

    /// <summary>Units are written, then the job, then the catalog: wherever it is cut off, the next silo finishes it.</summary>
    [Theory]
    [InlineData("tokenization-job")]
    [InlineData(TestCatalogStore.Name)]
    public async Task Delete_IsCutOff_IsNotListedAnyMore_AndIsFinishedByTheNextSilo(string writes)
    {
        var root = Directory.CreateTempSubdirectory("pgm-retention-").FullName;
        await using (var cluster = await GrainCluster.Start(directory: root))
        {
            await cluster.MakeModel();
            await Retention(cluster).Delete("model");
            cluster.Storage.FailWritesOf = writes;
            await Assert.ThrowsAnyAsync<Exception>(() => Retention(cluster).Delete("tokens"));
            cluster.Storage.FailWritesOf = null;

            Assert.Equal(["cls", "tok"], await Listed(cluster));
            var used = await Assert.ThrowsAsync<InvalidRequestException>(
                () => cluster.Run("tokens").Start(GrainCluster.Request()));
            Assert.Contains("a job of that id is being deleted", used.Message);
        }

        await using var next = await GrainCluster.Start(directory: root);
        await Eventually("it is finished", () => next.Queue.Catalog.Deleting("jobs", 10), begun => begun.Count == 0);
        Assert.DoesNotContain(next.Storage.ReadAll(), r => r.Key.StartsWith("tokens/", StringComparison.Ordinal));
        await Assert.ThrowsAsync<NotFoundException>(() => next.Tokens("tokens").GetStatus());
        Assert.Equal(["cls", "tok"], await Listed(next));
        Directory.Delete(root, recursive: true);
    }

    private static IJobRetentionGrain Retention(GrainCluster cluster) => cluster.Grains.GetGrain<IJobRetentionGrain>("jobs");

    private static async Task<List<string>> Listed(GrainCluster cluster) =>
        [.. (await cluster.Grains.GetGrain<ICatalogGrain>("jobs").List()).Select(e => e.Name).Order(StringComparer.Ordinal)];

    private static async Task<List<JobVerdict>> DeleteMany(GrainCluster cluster, JobSelection selection, bool dryRun)
    {
        var verdicts = new List<JobVerdict>();
        await foreach (var part in Retention(cluster).DeleteMany(selection, dryRun, default)) verdicts.AddRange(part);
        return verdicts;
    }

    private static List<string> Gone(IEnumerable<JobVerdict> verdicts) =>
        [.. verdicts.Where(v => v.Stays is null).Select(v => v.Id).Order(StringComparer.Ordinal)];

    /// <summary>All at once.</summary>
    internal static async Task MakeOld(GrainCluster cluster, IEnumerable<string> jobs)
    {
        var old = new List<CatalogEntry>();
        foreach (var job in jobs)
        {
            var entry = (await cluster.Queue.Catalog.Find("jobs", job))!;
            old.Add(entry with { CreatedAt = entry.CreatedAt.AddDays(-10), ChangedAt = entry.ChangedAt.AddDays(-10) });
        }
        await cluster.Queue.Catalog.PutAll("jobs", old, old[0].ChangedAt);
    }

    private static string WriteImages(string root)
    {
        var directory = Directory.CreateDirectory(Path.Combine(root, "images")).FullName;
        File.WriteAllBytes(
            Path.Combine(directory, "all-images-idx3-ubyte"), [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4]);
        File.WriteAllBytes(Path.Combine(directory, "all-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 4, 0, 1, 0, 1]);
        return directory;
    }

    private static string OldFile(string root, string job) => Path.Combine(root, "artifacts", "runs", job, "log.jsonl");

    private static void WriteOldFile(string root, string job)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(OldFile(root, job))!);
        File.WriteAllText(OldFile(root, job), "{}");
        File.SetLastWriteTimeUtc(OldFile(root, job), DateTime.UtcNow.AddDays(-10));
    }
}
