using System.Globalization;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary><c>deploy/samples/http</c>: the same work from three languages, over a real silo's HTTP API.</summary>
[Trait("Category", "Process")]
public sealed class HttpSampleTests : IDisposable
{
    private static readonly string s_samples = Path.Combine(RepositoryRoot.Path, "deploy", "samples", "http");
    private static readonly string s_pictures = Path.Combine(RepositoryRoot.Path, "deploy", "sample-data", "fashion-mnist");

    private readonly TemporaryDirectory _directory = new();
    private readonly ReservedPort _port = new();

    public void Dispose()
    {
        _port.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Samples_TrainFollowAndFetch_EachTheSame_AndSayWhatARefusalSays()
    {
        foreach (var program in new[] { "python3", "curl" })
        {
            if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(Path.Combine(d, program))))
                throw new SkippedException($"needs {program}: this machine has none.");
        }
        using var up = PgmProcess.Start(
            "up", "--home", _directory["home"], "--devices", "cpu:0", "--api-port", _port.Number.ToString(CultureInfo.InvariantCulture));
        await up.WaitForAsync("the silo", p => p.Out.Contains("Stop with Ctrl-C", StringComparison.Ordinal));

        var python = await RunAsync("train.py", ["python3", Path.Combine(s_samples, "train.py")]);
        var curl = await RunAsync("train.sh", [Path.Combine(s_samples, "train.sh")]);
        var csharp = await RunAsync("train.cs", [Dotnet.Program, "run", Path.Combine(s_samples, "train.cs"), "--"]);

        // The same seed, the same pictures: the same weights.
        Assert.Equal(python, curl);
        Assert.Equal(python, csharp);
        up.Interrupt();
        await up.WaitForExitAsync();
    }

    /// <returns>Loss and weights, as its last line has them.</returns>
    private async Task<string> RunAsync(string name, string[] command)
    {
        var (id, file) = (name.Replace('.', '-'), _directory[$"{name}.safetensors"]);
        using var run = await StartAsync([.. command, s_pictures, id, file]);
        Assert.True(run.ExitCode == 0, $"{name}: {run}");
        var lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains($"{id}: completed, step 40 of 40", lines);
        Assert.EndsWith($", they are in {file}", lines[^1]);
        Assert.Equal((byte)'{', (await File.ReadAllBytesAsync(file))[sizeof(long)]);

        using var refused = await StartAsync([.. command, _directory["nowhere"], "refused", file]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains(_directory["nowhere"], refused.Error);
        return lines[^1].Split(", they are in")[0];
    }

    private async Task<ChildProcess> StartAsync(string[] command)
    {
        var process = ChildProcess.Start(command, new Dictionary<string, string?>
        {
            ["PGM_API"] = $"http://127.0.0.1:{_port.Number}",
            ["PGM_API_KEY"] = null,
        });
        await process.WaitForExitAsync();
        return process;
    }
}
