using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Quickstart;
using PgmCluster.Cli.Study.Jobs;
using PgmCluster.Cli.Study.Parts;
using PgmCluster.Cli.Study.Plans;

namespace PgmCluster.Cli.Tests.Study;

/// <summary>The plans as they come with the program.</summary>
public sealed class StudyPlanTests
{
    public static TheoryData<string> Presets => [.. StudyPlans.All.Select(p => p.Preset)];

    [Theory, MemberData(nameof(Presets))]
    public void Ablations_EveryOne_IsAModelThatCanBeTrained(string preset)
    {
        var plan = StudyPlans.Find(preset);

        foreach (var ablation in plan.Ablations)
        {
            var changed = StudySpecifications.Of(plan, plan.Grid, plan.Model(ablation.Model), ablation.Set);
            var usual = StudySpecifications.Of(plan, plan.Grid, plan.Model(ablation.Model), StudyOverrides.None);
            Assert.Equal(ablation.Set.Count > 0, StudySpecifications.Text(changed) != StudySpecifications.Text(usual));
        }
        Assert.Equal(plan.Ablations.Count, plan.Ablations.DistinctBy(a => (a.Model, a.Name)).Count());
    }

    [Theory, MemberData(nameof(Presets))]
    public void Plan_Models_AreOfOneSizeAtBothLengths(string preset) => StudySpecifications.RequireOneSize(StudyPlans.Find(preset));

    [Fact]
    public void RequireOneSize_OneModelLarger_SaysHowLargeTheyAre()
    {
        var plan = StudyPlans.Fashion;
        var larger = plan with { Models = [.. plan.Models.Select(m => m with { Set = StudyOverrides.None })] };

        var refusal = Assert.Throws<UsageException>(() => StudySpecifications.RequireOneSize(larger));

        Assert.Contains("maskgit has 1,520,129, pgm has 1,354,114, once has 1,354,114", refusal.Message);
    }

    [Theory, MemberData(nameof(Presets))]
    public void Grids_OfThePlan_AreWhatTheTokenizersMake(string preset)
    {
        var plan = StudyPlans.Find(preset);

        foreach (var grid in new[] { plan.Grid, plan.Length.Grid })
        {
            var tokenizer = StudySpecifications.OfPictures(grid.Preset, grid.Set);
            var settings = Execution.Specifications.SpecificationJson.Read<Modeling.Tokenizer.VqSettings>(tokenizer.Model);
            Assert.Equal((grid.Codebook, plan.ImageSize), (settings.Codebook, tokenizer.Data.ImageSize));
            Assert.Equal(grid.Side, plan.ImageSize / settings.Downsampling);
        }
    }

    [Fact]
    public void Fashion_Search_IsAsLargeForEachModel()
    {
        var plan = StudyPlans.Fashion;

        Assert.Equal(13, plan.Candidates(16).Count);
        Assert.Equal([0, 0.5, 1, 1.5, 2, 3, 4], plan.Candidates(16).Select(c => c.Guidance).Distinct());
        Assert.Equal([3, 4], plan.Neighbours(new StudySetting(16, 4, "constant"), 8).Select(s => s.Guidance).TakeLast(2));
        Assert.All(plan.Neighbours(new StudySetting(16, 0, "linear"), 8), s => Assert.Equal(8, s.Steps));
        Assert.Equal(3, plan.Neighbours(new StudySetting(16, 0, "linear"), 8).Count);
        Assert.DoesNotContain(plan.SearchSeed, plan.ReportSeeds);
        Assert.DoesNotContain(plan.SearchSamplingSeed, plan.ReportSeeds.Select(plan.ReportSamplingSeed));
    }

    [Fact]
    public async Task Fashion_Counted_IsUnderFiveHoursOfTwoCores()
    {
        using var directory = new Fakes.TemporaryDirectory();
        var plan = StudyPlans.Fashion;
        var jobs = new StudyJobs(plan, new SampleData("fashion-mnist", "/data"));
        var outline = new StudyOutline(
            new StudyRecords(directory["records"], TimeProvider.System),
            executor => StudyReport.OfAsync(plan, jobs, executor, StudyParts.Names));
        await outline.CountAsync();

        var left = outline.Left();

        Assert.InRange(left.Seconds, 3600, 5 * 3600);
        Assert.Equal(left.AllJobs, outline.Parts.Sum(part => outline.Left(part).Jobs));
    }

    /// <summary>
    /// A study goes on with a later version of the program: what had no part in a job's settings has none in its id. These are on record.
    /// </summary>
    [Fact]
    public async Task Ids_OfJobsOnRecord_StayWhatTheyWere()
    {
        var ids = new HashSet<string>();
        var jobs = new StudyJobs(StudyPlans.Fashion, new SampleData("fashion-mnist", "/data"));
        await StudyReport.OfAsync(StudyPlans.Fashion, jobs, new Lister(ids), StudyParts.Names);

        Assert.Superset(
            new HashSet<string>
            {
                "study-fashion-mnist-138ebe1d", "study-judge-6c0e9b3d", "study-tokenizer-d252cfe6", "study-tokens-1c2b9fe3",
                "study-validation-features-010ac12a", "study-maskgit-f2ab7e6b", "study-maskgit-scores-f67706a5",
                // Learning rate 0.00125; two ablations each; the longer codes.
                "study-pgm-3539f2a2", "study-once-7a333d09", "study-once-6d538fe6", "study-once-740a1c91", "study-pgm-1d4020b2",
                "study-pgm-0fc7b582", "study-once-dd6bc2d0",
            }, ids);
    }

    [Fact]
    public void Ids_SameSettings_AreTheSame_AndFollowThem()
    {
        var jobs = new StudyJobs(StudyPlans.Smoke, new SampleData("fashion-mnist", "/data"));
        var model = StudyPlans.Smoke.Models[0];
        StudyTraining Of(double rate, long seed) => jobs.Train("search", StudyPlans.Smoke.Grid, model, rate, seed, StudyOverrides.None);
        string Score(StudySetting setting) =>
            jobs.Evaluate("search", Of(1e-3, 1), setting, 101, jobs.ValidationReference()).Id;

        Assert.Equal(Of(1e-3, 1).Job.Id, Of(1e-3, 1).Job.Id);
        Assert.NotEqual(Of(1e-3, 1).Job.Id, Of(2e-3, 1).Job.Id);
        Assert.NotEqual(Of(1e-3, 1).Job.Id, Of(1e-3, 2).Job.Id);
        Assert.NotEqual(Score(new(4, 1, "linear")), Score(new(4, 1, "constant")));
        // Without guidance its form means nothing.
        Assert.Equal(Score(new(4, 0, "linear")), Score(new(4, 0, "constant")));
    }

    /// <summary>Lists all that a study asks for, with every outcome as assumed.</summary>
    private sealed class Lister(HashSet<string> ids) : IStudyExecutor
    {
        public Task<T?> AskAsync<T>(StudyJob<T> job) where T : class
        {
            ids.Add(job.Id);
            return Task.FromResult<T?>(job.Assumed);
        }
    }
}
