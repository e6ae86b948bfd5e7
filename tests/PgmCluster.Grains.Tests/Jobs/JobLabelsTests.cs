using PgmCluster.Contracts.Catalog;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;
using PgmCluster.Grains.Tests.Support;

namespace PgmCluster.Grains.Tests.Jobs;

/// <summary>Labels of jobs, from their start to the catalog's pages.</summary>
public sealed class JobLabelsTests : ClusterTest
{
    private static readonly Dictionary<string, string> s_labels = new() { ["project"] = "shoes", ["team/part"] = "größe = 7" };

    [Fact]
    public async Task Start_WithLabels_TheyAreShownAndFoundByAndMakeNoOtherRequest()
    {
        await Cluster.Register();
        var run = Cluster.Run("labelled");
        Assert.Equal(s_labels, (await run.Start(Request(s_labels))).Labels);
        await Cluster.Run("bare").Start(Request(null));
        await Cluster.Run("empty").Start(Request([]));

        // As with priority and user: the same request, which is as it was begun.
        Assert.Equal(s_labels, (await run.Start(Request(new() { ["project"] = "boots" }))).Labels);
        await run.Cancel();
        Assert.Equal(s_labels, (await run.GetStatus()).Labels);
        var jobs = Cluster.Grains.GetGrain<ICatalogGrain>("jobs");
        var found = await jobs.Page(new CatalogQuery { Labels = new Dictionary<string, string> { ["team/part"] = "größe = 7" } });
        Assert.Equal(s_labels, Assert.Single(found.Entries).Labels);
        Assert.Null((await jobs.Find("empty"))!.Labels);
        Assert.Null((await Cluster.Run("bare").GetStatus()).Labels);
    }

    [Theory]
    [InlineData("", "x", "'' cannot be a label's key")]
    [InlineData("a b", "x", "'a b' cannot be a label's key")]
    [InlineData("a\n", "x", "'a?' cannot be a label's key")]
    [InlineData("a=b", "x", "'a=b' cannot be a label's key")]
    [InlineData("a", "x\ny", "the value of label 'a' is not text of one line and at most 200 letters")]
    public async Task Start_LabelThatIsNone_IsRefusedInOneLine(string key, string value, string said)
    {
        var refusal = await Assert.ThrowsAsync<InvalidRequestException>(
            () => Cluster.Run("refused").Start(Request(new() { [key] = value })));

        Assert.StartsWith($"Starting training job 'refused': {said}", refusal.Message);
        Assert.DoesNotContain('\n', refusal.Message);
        await Assert.ThrowsAsync<NotFoundException>(() => Cluster.Run("refused").GetStatus());
    }

    [Fact]
    public void FaultOf_TooManyOrTooLong_IsTold()
    {
        Assert.Null(JobLabels.FaultOf(Enumerable.Range(0, 16).ToDictionary(i => $"k{i}", _ => new string('v', 200))));
        Assert.StartsWith("there are 17 labels", JobLabels.FaultOf(Enumerable.Range(0, 17).ToDictionary(i => $"k{i}", _ => "v")));
        Assert.NotNull(JobLabels.FaultOf(new Dictionary<string, string> { [new string('k', 64)] = "v" }));
        Assert.NotNull(JobLabels.FaultOf(new Dictionary<string, string> { ["k"] = new string('v', 201) }));
    }

    private static Contracts.Training.TrainingRequest Request(Dictionary<string, string>? labels) =>
        GrainCluster.Request() with { Scheduling = new Contracts.Jobs.Scheduling { User = "ann", Labels = labels } };
}
