using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class CommandLineAppTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeCluster _cluster = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("quikstart", "'quikstart' is not a command of 'pgm'; did you mean 'quickstart'? See 'pgm --help'.")]
    [InlineData("dataset ad name place", "'ad' is not a command of 'pgm dataset'; did you mean 'add'? See 'pgm dataset --help'.")]
    [InlineData("train r1 --presett x", "'--presett' is not an option of 'pgm train'; did you mean '--preset'? See 'pgm train --help'.")]
    [InlineData("workers --jsn", "'--jsn' is not an option of 'pgm workers'; did you mean '--json'? See 'pgm workers --help'.")]
    [InlineData("quickstart --preset demp", "'demp' is not a preset of quickstart; did you mean 'demo'? Use --preset demo or smoke.")]
    [InlineData("train r1", "Option '--preset' is required. See 'pgm train --help'.")]
    [InlineData("dataset add name", "Required argument missing for command: 'add'. See 'pgm dataset add --help'.")]
    [InlineData("runs", "'pgm runs' needs a command: list, show, watch, events, compare, cancel, pause, resume, resize, delete, keep, tensorboard. See 'pgm runs --help'.")]
    [InlineData("train r1 --preset p --seed abc", "Cannot parse argument 'abc' for option '--seed': it is not a whole number. See 'pgm train --help'.")]
    [InlineData("train r1 --preset p --set steps", "--set 'steps' is not KEY=VALUE. Write it like --set training.steps=500.")]
    [InlineData("train r1 --preset p --set a=1 b=2", "'b=2' stands alone: write --set before each KEY=VALUE, as in --set b=2. See 'pgm train --help'.")]
    [InlineData("train r1 --preset p --set a=1 --set a=2", "--set names 'a' twice. Give one value.")]
    [InlineData("train r1 --preset p --dataset d --tokens t", "--dataset and --tokens exclude each other. Give the one that the preset trains on.")]
    [InlineData("train r1 --preset p --dataset d --bad-images most", "--bad-images 'most' is no policy. Give 'fail', or 'skip:N' to leave out up to N images.")]
    [InlineData("tokenize t1 --dataset d --tokenizer r1 --bad-images most", "--bad-images 'most' is no policy. Give 'fail', or 'skip:N' to leave out up to N images.")]
    [InlineData("evaluate e1 --model r1 --bad-images most", "--bad-images 'most' is no policy. Give 'fail', or 'skip:N' to leave out up to N images.")]
    [InlineData("dataset statistics d --features inception --size 32 --bad-images most", "--bad-images 'most' is no policy. Give 'fail', or 'skip:N' to leave out up to N images.")]
    [InlineData("dataset add d /data --bad-images most", "--bad-images 'most' is no policy. Give 'fail', or 'skip:N' to leave out up to N images.")]
    [InlineData("train r1 --preset p --weights ema", "--weights chooses among those of a checkpoint. Name it with --from, or leave out --weights.")]
    [InlineData("train r1 --preset p --wait --detach", "--wait and --detach exclude each other. Give one of them.")]
    [InlineData("runs list --gateway here", "'here' of --gateway is not a gateway. Give HOST:PORT, such as 127.0.0.1:30000.")]
    [InlineData("runs list --gateway 127.0.0.1:30000,:1", "':1' of --gateway is not a gateway. Give HOST:PORT, such as 127.0.0.1:30000.")]
    [InlineData("quickstart --gateway 127.0.0.1:1", "quickstart always runs a silo of its own. Leave out --gateway.")]
    [InlineData("up --gateway 127.0.0.1:1", "up starts a silo of its own. Leave out --gateway; silos of a cluster find each other by their database.")]
    [InlineData("quickstart --no-embed", "quickstart always runs a silo of its own. Leave out --no-embed.")]
    public async Task RunAsync_WrongCommandLine_ExitsWith2AndOneLine(string line, string message)
    {
        var run = await CliRun.Of(_cluster, line.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.Equal($"pgm: {message}{Environment.NewLine}", run.Error);
        Assert.Equal("", run.Out);
        Assert.Equal(0, _cluster.Embedded);
    }

    [Fact]
    public async Task RunAsync_OptionWithValueBeforeTheId_TakesOneValue()
    {
        var run = await CliRun.Of(_cluster, "train", "--preset", "p", "--set", "training.steps=5", "r1", "--home", _directory["home"]);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("start r1", _cluster.Log);
    }

    [Fact]
    public async Task RunAsync_PathThatBeginsWithAnAt_IsThatPath()
    {
        var run = await CliRun.Of(_cluster, "dataset", "add", "x", "@photos", "--home", _directory["home"], "--json");

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(Path.GetFullPath("@photos"), run.Json.GetProperty("location").GetString());
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("0.01")]
    [InlineData("-1")]
    [InlineData("1000000")]
    [InlineData("1e9")]
    public async Task StoreGc_AgeOutOfRange_IsAMistakeOfTheCommandLine(string days)
    {
        var run = await CliRun.Of(_cluster, "store", "gc", "--older-than", days, "--home", _directory["home"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Give 0.05 to 36500", run.Error);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--json=true")]
    public async Task RunAsync_WrongCommandLineWithJson_PrintsTheErrorAsOneObject(string json)
    {
        var run = await CliRun.Of(_cluster, "train", "r1", "--presett", "x", json);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(["error"], run.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("usage", run.Json.GetProperty("error").GetProperty("kind").GetString());
        Assert.Contains("--preset", run.Json.GetProperty("error").GetProperty("message").GetString());
        Assert.StartsWith("pgm: ", run.Error);
    }

    [Theory]
    [InlineData("runs show nothing --json=false")]
    [InlineData("train r1 --preset p --set --json")]
    public async Task RunAsync_JsonNotAskedFor_PrintsNoObject(string line)
    {
        var run = await CliRun.Of(_cluster, [.. line.Split(' '), "--home", _directory["home"]]);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Equal("", run.Out);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("train --help")]
    [InlineData("runs resume -h")]
    public async Task RunAsync_Help_SaysTheExitCodes(string line)
    {
        var run = await CliRun.Of(_cluster, line.Split(' '));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Exit codes:", run.Out);
        Assert.Contains("130  interrupted", run.Out);
    }

    [Fact]
    public async Task RunAsync_NoEmbedWithoutSilo_ExitsWith1NamingUp()
    {
        var run = await CliRun.Of(_cluster, "runs", "list", "--no-embed", "--home", _directory["home"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'pgm up --home", run.Error);
        Assert.False(Directory.Exists(_directory["home"]));
    }

    [Fact]
    public async Task RunAsync_DetachWithoutSilo_ExitsWith2NamingUp()
    {
        var run = await CliRun.Of(_cluster, "train", "r1", "--preset", "p", "--detach", "--home", _directory["home"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("'pgm up --home", run.Error);
        Assert.Equal(0, _cluster.Embedded);
    }

    [Fact]
    public async Task RunAsync_UnexpectedException_ExitsWith1WithoutStackTrace()
    {
        _cluster.Refusals["r1"] = new InvalidOperationException("first\nsecond");

        var run = await CliRun.Of(_cluster, "train", "r1", "--preset", "p", "--home", _directory["home"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal(
            "pgm: first second (unexpected InvalidOperationException; set PGM_DEBUG=1 for details)", Assert.Single(Lines(run.Error)));
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
