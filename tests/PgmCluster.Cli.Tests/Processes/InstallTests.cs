using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.Processes;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>
/// <c>deploy/install</c> as it lies in a tarball, beside a program that starts the one under test. That the program is whole is shown by
/// <c>tests/install</c>, which builds it.
/// </summary>
public sealed class InstallTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Prefix => _directory["prefix"];

    private string Link => Path.Combine(Prefix, "bin", "pgm");

    public InstallTests()
    {
        var unpacked = Directory.CreateDirectory(Path.Combine(_directory["pgm-0.1.0"], "pgm")).FullName;
        File.Copy(Path.Combine(RepositoryRoot.Path, "deploy", "install"), Path.Combine(_directory["pgm-0.1.0"], "install"));
        var program = Path.Combine(unpacked, "pgm");
        File.WriteAllText(program, $"#!/bin/sh\nexec '{Dotnet.Program}' exec '{PgmProcess.ProgramPath}' \"$@\"\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Install_NothingThere_StartsAndCompletesInBash()
    {
        using var install = await InstallAsync();
        Assert.True(install.ExitCode == 0, install.ToString());
        Assert.Contains($"{Prefix}/bin is not on your PATH", install.Out);

        // As bash does for the line "pgm runs sh" with the Tab key, from the file that bash-completion finds.
        using var bash = await PgmProcess.RunProgramAsync(
            "bash", "-c",
            $"PATH='{Prefix}/bin':$PATH; . '{Prefix}/share/bash-completion/completions/pgm'; complete -p pgm; "
            + "COMP_WORDS=(pgm runs sh); COMP_CWORD=2; _pgm; echo \"${COMPREPLY[@]}\"");

        Assert.Equal("complete -o bashdefault -o default -F _pgm pgm\nshow\n", bash.Out);
        Assert.StartsWith("#compdef pgm\n", File.ReadAllText(Path.Combine(Prefix, "share", "zsh", "site-functions", "_pgm")));
        Assert.Contains("complete -c pgm", File.ReadAllText(Path.Combine(Prefix, "share", "fish", "vendor_completions.d", "pgm.fish")));
    }

    /// <summary>A silo that runs for weeks loads its libraries when it needs them.</summary>
    [Fact]
    public async Task Install_Again_LeavesTheOneBeforeUntilTheNextTime()
    {
        var targets = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            using var install = await InstallAsync();
            Assert.True(install.ExitCode == 0, install.ToString());
            targets.Add(Path.GetDirectoryName(Path.Combine(Prefix, "bin", new FileInfo(Link).LinkTarget!))!);
        }

        Assert.Equal([false, true, true], targets.Select(Directory.Exists));
        Assert.Equal(2, Directory.GetDirectories(Path.Combine(Prefix, "lib", "pgm")).Length);
    }

    [Fact]
    public async Task Install_AnotherProgramOfThatName_IsLeftAlone()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Link)!);
        File.WriteAllText(Link, "mine");

        foreach (var args in new[] { Array.Empty<string>(), ["--uninstall"] })
        {
            using var install = await InstallAsync(args);
            Assert.Equal(1, install.ExitCode);
            Assert.Equal([$"install: {Link} is there and was not made by this script. Move it away, or name another --prefix."], install.ErrorLines);
        }
        Assert.Equal("mine", File.ReadAllText(Link));
    }

    [Fact]
    public async Task Uninstall_SomebodyElsesDirectoryOfThatName_IsLeftAlone()
    {
        var own = Directory.CreateDirectory(Path.Combine(Prefix, "lib", "pgm")).FullName;

        foreach (var args in new[] { Array.Empty<string>(), ["--uninstall"] })
        {
            using var install = await InstallAsync(args);
            Assert.Equal(1, install.ExitCode);
            Assert.Equal([$"install: {own} is there and was not made by this script. Move it away, or name another --prefix."], install.ErrorLines);
        }
        Assert.True(Directory.Exists(own));
    }

    [Fact]
    public async Task Install_ProgramThatDoesNotStart_LeavesWhatWasThere()
    {
        using (var install = await InstallAsync()) Assert.Equal(0, install.ExitCode);
        var before = new FileInfo(Link).LinkTarget;
        File.WriteAllText(Path.Combine(_directory["pgm-0.1.0"], "pgm", "pgm"), "#!/bin/sh\necho 'needs another libc' >&2; exit 1\n");

        using var broken = await InstallAsync();

        Assert.Equal(1, broken.ExitCode);
        Assert.Equal(["install: the pgm that was made does not start here: needs another libc"], broken.ErrorLines);
        Assert.Equal(before, new FileInfo(Link).LinkTarget);
        Assert.Single(Directory.GetDirectories(Path.Combine(Prefix, "lib", "pgm")));
    }

    [Fact]
    public async Task Uninstall_TakesAwayWhatItMadeAndNothingElse()
    {
        using (var install = await InstallAsync()) Assert.Equal(0, install.ExitCode);
        File.WriteAllText(Path.Combine(Prefix, "bin", "other"), "");

        using var uninstall = await InstallAsync("--uninstall");

        Assert.True(uninstall.ExitCode == 0, uninstall.ToString());
        Assert.Equal(
            [Path.Combine(Prefix, "bin", "other")], Directory.GetFiles(Prefix, "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("--prefx", "/tmp/x")]
    [InlineData("--prefix", "here")]
    [InlineData("--backend", "tpu")]
    public async Task Install_WrongOption_SaysHowItIsUsed(string option, string value)
    {
        using var install = await PgmProcess.RunProgramAsync(Path.Combine(_directory["pgm-0.1.0"], "install"), option, value);

        Assert.Equal(2, install.ExitCode);
        Assert.Contains("usage: ", Assert.Single(install.ErrorLines));
    }

    private Task<PgmProcess> InstallAsync(params string[] args) =>
        PgmProcess.RunProgramAsync(Path.Combine(_directory["pgm-0.1.0"], "install"), ["--prefix", Prefix, .. args]);
}
