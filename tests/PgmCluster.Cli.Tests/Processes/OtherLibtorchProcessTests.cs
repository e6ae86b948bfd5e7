using PgmCluster.Cli.Tests.Fakes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>A libtorch that cannot be used, or that is not of the version this program was built for.</summary>
[Trait("Category", "Process")]
public sealed class OtherLibtorchProcessTests : IDisposable
{
    private static readonly string[] s_config = ["config", "show", "pgm-smoke", "--grid", "4x4", "--codebook", "16", "--classes", "2"];
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Doctor_LibtorchWithoutASymbol_ThatLineNamesIt_TheOthersCome()
    {
        using var libtorch = LibtorchCopy.LacksSymbol();
        await AssertLibtorchFailsAsync(libtorch, "_ZN2at4_ops3erf4callERKNS_6TensorE");
    }

    [Fact]
    public async Task Doctor_LibtorchThatIsNoLibrary_ThatLineNamesTheFile_TheOthersCome()
    {
        using var libtorch = LibtorchCopy.IsNoLibrary();
        await AssertLibtorchFailsAsync(libtorch, "libtorch_cpu.so");
    }

    [Fact]
    public async Task Doctor_LibtorchThatEndsTheProcess_IsALine_TheOthersCome()
    {
        using var libtorch = LibtorchCopy.Crashes();
        var run = await DoctorRun.OfAsync(_directory["home"], Variables(libtorch, anyVersion: null), "--device", "cpu:0");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["computing"], run.Failed);
        Assert.Contains("was ended by signal", run["computing"].Found, StringComparison.Ordinal);
        Assert.Contains("without PGM_LIBTORCH", run["computing"].Advice, StringComparison.Ordinal);
        Assert.All(["cores", "home", "database", "artifact store", "weights", "ports"], subject => Assert.Equal("ok", run[subject].State));
    }

    [Fact]
    public async Task OtherVersion_NeedsTheSettingAndAPassedDoctorForThoseVeryFiles_AndIsNeverStrict()
    {
        using var libtorch = LibtorchCopy.SaysOtherVersion();
        await AssertLibtorchFailsAsync(libtorch, "it is libtorch 2.11.0, this program was built for 2.10");

        using var unset = await RunAsync(libtorch, anyVersion: null, s_config);
        Assert.Equal(2, unset.ExitCode);
        Assert.Contains("PGM_LIBTORCHANYVERSION=true", Assert.Single(unset.ErrorLines), StringComparison.Ordinal);

        using var untried = await RunAsync(libtorch, "true", s_config);
        Assert.Equal(2, untried.ExitCode);
        Assert.Contains("Run 'pgm doctor'", Assert.Single(untried.ErrorLines), StringComparison.Ordinal);

        var doctor = await DoctorRun.OfAsync(_directory["home"], Variables(libtorch, "true"), "--device", "cpu:0");
        Assert.True(doctor.ExitCode == 0, doctor.Text);
        Assert.Equal("warning", doctor["libtorch"].State);
        var pass = Assert.Single(Directory.GetFiles(_directory["cache/pgmcluster"]));
        Assert.Contains(pass, doctor["libtorch's pass"].Found, StringComparison.Ordinal);

        using var passed = await RunAsync(libtorch, "true", s_config);
        Assert.True(passed.ExitCode == 0, passed.ToString());
        Assert.Contains("\"libtorch\": \"2.11.0+other.", passed.Out, StringComparison.Ordinal);
        Assert.Contains("\"exactness\": \"relaxed\"", passed.Out, StringComparison.Ordinal);

        using var strict = await RunAsync(libtorch, "true", [.. s_config, "--set", "numerics.exactness=strict"]);
        Assert.Equal(2, strict.ExitCode);
        Assert.Contains("exactness = strict: libtorch 2.11.0+other.", Assert.Single(strict.ErrorLines), StringComparison.Ordinal);

        libtorch.Append();
        using var changed = await RunAsync(libtorch, "true", s_config);
        Assert.Equal(2, changed.ExitCode);
        Assert.Contains("Run 'pgm doctor'", Assert.Single(changed.ErrorLines), StringComparison.Ordinal);
    }

    private async Task AssertLibtorchFailsAsync(LibtorchCopy libtorch, string found)
    {
        var run = await DoctorRun.OfAsync(_directory["home"], Variables(libtorch, anyVersion: null), "--device", "cpu:0");
        Assert.Equal(1, run.ExitCode);
        Assert.Equal(["libtorch", "cpu:0"], run.Failed);
        Assert.Contains(found, run["libtorch"].Found, StringComparison.Ordinal);
        Assert.Contains("PGM_LIBTORCH", run["libtorch"].Advice, StringComparison.Ordinal);
        Assert.All(["cores", "home", "database", "artifact store", "weights", "ports"], subject => Assert.Equal("ok", run[subject].State));
    }

    private async Task<PgmProcess> RunAsync(LibtorchCopy libtorch, string? anyVersion, string[] args)
    {
        var process = PgmProcess.StartWith(Variables(libtorch, anyVersion), args);
        await process.WaitForExitAsync();
        return process;
    }

    private Dictionary<string, string?> Variables(LibtorchCopy libtorch, string? anyVersion) => new()
    {
        ["PGM_LIBTORCH"] = libtorch.Path,
        ["PGM_LIBTORCHANYVERSION"] = anyVersion,
        ["XDG_CACHE_HOME"] = _directory["cache"],
    };
}
