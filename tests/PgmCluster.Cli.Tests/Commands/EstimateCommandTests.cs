using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class EstimateCommandTests
{
    private const string Page = "deploy/docs/imagenet.md";

    /// <summary>The page holds what the program says, and nothing else: rates that change are to change it.</summary>
    [Fact]
    public async Task Estimate_ImageNet_IsWhatThePageSays()
    {
        var run = await Run("estimate", "imagenet-256-vq8");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(run.Out.ReplaceLineEndings("\n").Trim(), File.ReadAllText(Path.Combine(RepositoryRoot.Path, Page)));
    }

    /// <summary>Whoever copies a command from the page gets one that there is.</summary>
    [Fact]
    public void Page_EveryCommand_IsOneOfTheProgram()
    {
        var root = CommandLineApp.Build(new Cli.Commands.CliEnvironment
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            Sessions = new FakeCluster(),
            Variable = _ => null,
        });
        var commands = File.ReadAllLines(Path.Combine(RepositoryRoot.Path, Page))
            .Where(line => line.StartsWith("pgm ", StringComparison.Ordinal))
            .Select(line => line.Split('#')[0].Trim().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..]).ToList();

        Assert.True(commands.Count >= 8);
        Assert.All(commands, args => Assert.True(root.Parse(args).Errors.Count == 0, string.Join(' ', args)));
    }

    [Fact]
    public async Task Estimate_GivenRatesAndDevices_ChangesWhatTheyDecideAndIsNotMarked()
    {
        var before = await Run("estimate", "imagenet-256-vq8", "--json", "--devices", "1,2");
        var after = await Run("estimate", "imagenet-256-vq8", "--json", "--devices", "1,2", "--rate", "tokenize=427");

        var (slow, fast) = (Tokenize(before), Tokenize(after));
        Assert.Equal(slow.GetProperty("seconds")[0].GetDouble() / 2, fast.GetProperty("seconds")[0].GetDouble(), 3);
        Assert.Equal(fast.GetProperty("seconds")[0].GetDouble() / 2, fast.GetProperty("seconds")[1].GetDouble(), 3);
        Assert.False(slow.GetProperty("isMeasured").GetBoolean());
        Assert.True(fast.GetProperty("isMeasured").GetBoolean());
        // The estimate's own cut, 641 shards of up to 2,000 images, of 1,024 codes of two bytes and a label of four.
        Assert.InRange(slow.GetProperty("bytes").GetDouble(), 2.62e9, 2.64e9);

        static System.Text.Json.JsonElement Tokenize(CliRun run) => run.Json.GetProperty("stages").EnumerateArray()
            .Single(s => s.GetProperty("command").GetString()!.StartsWith("pgm tokenize", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("there is no rate 'tokenise'. The nearest is 'tokenize'", "--rate", "tokenise=1")]
    [InlineData("it is no number above 0", "--rate", "tokenize=-1")]
    [InlineData("it is no list of numbers above 0", "--devices", "1,many")]
    public async Task Estimate_WhatIsNoNumberOrRate_ExitsWith2AndOneLine(string expected, params string[] args)
    {
        var run = await Run(["estimate", "imagenet-256-vq8", .. args]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error);
        Assert.Single(run.Error.Trim().Split('\n'));
    }

    private static Task<CliRun> Run(params string[] args) => CliRun.Of(new FakeCluster(), args);
}
