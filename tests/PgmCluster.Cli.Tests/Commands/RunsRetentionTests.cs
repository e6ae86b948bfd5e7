using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Contracts.Errors;
using PgmCluster.Contracts.Jobs;

namespace PgmCluster.Cli.Tests.Commands;

/// <summary>Deleting, keeping and cancelling, one job or many.</summary>
public sealed class RunsRetentionTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new() { IsUp = true };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Delete_Job_IsGoneFromTheList_AndARefusalIsOneLine()
    {
        await StartMany(2);
        _cluster.Refusals["r002"] = new InvalidRequestException("Deleting job 'r002': its files are in use by training-run 'x'.");

        var gone = await Run("runs", "delete", "r001", "--json");
        var refused = await Run("runs", "delete", "r002");
        var unknown = await Run("runs", "delete", "r003");

        Assert.Equal("r001", gone.Json.GetProperty("deleted").GetString());
        Assert.Equal(["r002"], Ids((await Run("runs", "list")).Out));
        Assert.Equal(
            (2, $"pgm: Deleting job 'r002': its files are in use by training-run 'x'.{Environment.NewLine}"),
            (refused.ExitCode, refused.Error));
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("did you mean 'r002'?", unknown.Error);
    }

    [Fact]
    public async Task Delete_Many_SaysWhatGoesAndWhatStaysAndWhy()
    {
        await StartMany(3);
        for (var i = 0; i < 3; i++) _cluster.Jobs[i] = _cluster.Jobs[i] with { AtRest = true };
        _cluster.Refusals["r002"] = new InvalidRequestException("its files are in use by training-run 'x'");

        var dry = await Run("runs", "delete", "--older-than", "30", "--kind", "training", "--dry-run");
        Assert.Contains("To be deleted: 2 jobs; 1 stay.", dry.Out);
        Assert.Contains("'r002' stays: its files are in use by training-run 'x'.", dry.Out);
        Assert.Equal(["r001", "r003"], Ids(dry.Out));
        Assert.Equal(3, _cluster.Jobs.Count);

        var json = (await Run("runs", "delete", "--phase", "failed", "--keep-newest", "5", "--json")).Json;
        Assert.Equal(["r001", "r003"], json.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("id").GetString()));
        Assert.Equal("r002", Assert.Single(json.GetProperty("stay").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(
            ["delete Training  30  dry", "delete  Failed  5"], _cluster.Log.Where(l => l.StartsWith("delete", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("delete r001 --older-than 3")]
    [InlineData("delete --older-than 0")]
    [InlineData("delete --keep-newest 0")]
    [InlineData("delete --phase running")]
    [InlineData("cancel")]
    [InlineData("cancel r001 --all")]
    [InlineData("cancel r001 --dry-run")]
    public async Task WhichJobsIsUnclear_IsRefusedAndNothingIsDone(string command)
    {
        await StartMany(1);
        Assert.Equal(2, (await Run(["runs", .. command.Split(' ')])).ExitCode);
        Assert.Single(_cluster.Jobs);
        Assert.Equal(["r001"], Ids((await Run("runs", "list", "--phase", "queued")).Out));
    }

    [Fact]
    public async Task Keep_AndTakenBack_IsShown()
    {
        await StartMany(1);

        Assert.Contains("'r001' is kept.", (await Run("runs", "keep", "r001")).Out);
        Assert.True((await Run("runs", "show", "r001", "--json")).Json.GetProperty("kept").GetBoolean());
        Assert.False((await Run("runs", "keep", "r001", "--no-keep", "--json")).Json.GetProperty("kept").GetBoolean());
        Assert.False((await Run("runs", "show", "r001", "--json")).Json.GetProperty("kept").GetBoolean());
        Assert.Equal(2, (await Run("runs", "keep", "r002")).ExitCode);
    }

    [Fact]
    public async Task Cancel_Many_StopsThoseThatAreMeant()
    {
        await StartMany(4);
        await Run("evaluate", "e1", "--model", "r001", "--classifier", "c", "--detach");
        _cluster.Jobs[1] = _cluster.Jobs[1] with { Owner = "ann" };
        _cluster.Jobs[3] = _cluster.Jobs[3] with { AtRest = true };

        var dry = await Run("runs", "cancel", "--all", "--dry-run");
        Assert.Equal(["r001", "r002", "r003", "e1"], Ids(dry.Out));
        Assert.Empty(Ids((await Run("runs", "list", "--phase", "cancelled")).Out));

        Assert.Contains("Cancelled: 1 jobs.", (await Run("runs", "cancel", "--user", "ann")).Out);
        Assert.Equal(JobPhase.Cancelled, await Phase("r002"));
        var trainings = (await Run("runs", "cancel", "--kind", "training", "--json")).Json;
        Assert.Equal(["r001", "r002", "r003"], trainings.GetProperty("jobs").EnumerateArray().Select(j => j.GetProperty("id").GetString()));
        Assert.Equal((JobPhase.Cancelled, JobPhase.Queued, JobPhase.Queued), (await Phase("r001"), await Phase("r004"), await Phase("e1")));
    }

    private async Task<JobPhase> Phase(string id) => Enum.Parse<JobPhase>(
        (await Run("runs", "show", id, "--json")).Json.GetProperty("status").GetProperty("phase").GetString()!, ignoreCase: true);

    private Task<CliRun> Run(params string[] args) => CliRun.Of(_cluster, [.. args, "--home", _directory["home"]]);

    private async Task StartMany(int count)
    {
        for (var i = 1; i <= count; i++) await Run("train", $"r{i:000}", "--preset", "p", "--detach");
    }

    /// <summary>First column of a table's rows.</summary>
    private static List<string> Ids(string table) =>
        [.. table.Split('\n').SkipWhile(line => !line.Contains("---") && !line.Contains("──")).Skip(1)
            .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Trim().Length > 0)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];
}
