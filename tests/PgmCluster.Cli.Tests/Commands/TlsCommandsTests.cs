using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Tls;

namespace PgmCluster.Cli.Tests.Commands;

public sealed class TlsCommandsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Authority => Path.Combine(_directory.Root, "tls");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Init_MakesUsableCertificates_ThatOnlyTheirOwnerReads()
    {
        var run = await Run("init");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(TlsRole.Silo, TlsIdentity.Read(TlsFiles.In(Path.Combine(Authority, "silo")), TlsRole.Silo).Role);
        Assert.Equal(TlsRole.Service, TlsIdentity.Read(TlsFiles.In(Path.Combine(Authority, "service")), null).Role);
        var files = Directory.GetFiles(Authority, "*", SearchOption.AllDirectories);
        Assert.Equal(
            ["ca.crt", "ca.key", "service/ca.crt", "service/tls.crt", "service/tls.key", "silo/ca.crt", "silo/tls.crt", "silo/tls.key"],
            files.Select(f => Path.GetRelativePath(Authority, f)).Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(f).UnixFileMode));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            new DirectoryInfo(Path.Combine(Authority, "silo")).UnixFileMode);
        Assert.Equal([Authority], Directory.GetFileSystemEntries(_directory.Root));
    }

    [Fact]
    public async Task Init_WhereSomethingIs_OverwritesNothing()
    {
        await Run("init");
        var before = Contents();

        var again = await Run("init");

        Assert.Equal(2, again.ExitCode);
        Assert.Contains("nothing is overwritten", again.Error);
        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Issue_ANewName_AndTheSameAgainIsRefused()
    {
        await Run("init");

        Assert.Equal(0, (await Run("issue", "portal", "--role", "service")).ExitCode);
        var before = Contents();
        var again = await Run("issue", "portal", "--role", "silo");

        Assert.Equal(2, again.ExitCode);
        Assert.Contains("pgm tls renew portal", again.Error);
        Assert.Equal(before, Contents());
        Assert.Equal(TlsRole.Service, TlsIdentity.Read(TlsFiles.In(Path.Combine(Authority, "portal")), null).Role);
    }

    [Theory]
    [InlineData("../silo")]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("ca.key")]
    public async Task Issue_ANameThatIsNone_IsRefusedInOneLine(string name)
    {
        await Run("init");
        var before = Contents();

        var run = await Run("issue", name, "--role", "silo");

        Assert.Equal(2, run.ExitCode);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        Assert.Equal(before, Contents());
    }

    [Fact]
    public async Task Renew_MakesANewKey_OfTheSameNameRoleAndAuthority()
    {
        await Run("init");
        var files = TlsFiles.In(Path.Combine(Authority, "silo"));
        var before = TlsIdentity.Read(files, null).Certificate;

        var run = await Run("renew", "silo");

        Assert.Equal(0, run.ExitCode);
        var after = TlsIdentity.Read(files, TlsRole.Silo).Certificate;
        Assert.Equal(before.Subject, after.Subject);
        Assert.NotEqual(before.GetPublicKeyString(), after.GetPublicKeyString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(files.Key).UnixFileMode);
        Assert.Contains("there is none", (await Run("renew", "stranger")).Error);
    }

    [Fact]
    public async Task Show_SaysWhatThereIs_AndWhenItEnds()
    {
        await Run("init");

        var all = (await Run("show", "--json")).Json.GetProperty("certificates").EnumerateArray().ToList();
        var text = await Run("show");

        Assert.Equal(["authority", "service", "silo"], all.Select(c => c.GetProperty("role").GetString()));
        Assert.Equal([3649, 364, 364], all.Select(c => c.GetProperty("days").GetInt32()));
        Assert.Contains("silo/tls.crt", text.Out);
        Assert.DoesNotContain("PRIVATE KEY", text.Out);
        Assert.Equal(2, (await CliRun.Of(new FakeCluster(), "tls", "show", "--dir", _directory.Root)).ExitCode);
    }

    private Task<CliRun> Run(params string[] arguments) => CliRun.Of(new FakeCluster(), ["tls", .. arguments, "--dir", Authority]);

    private Dictionary<string, string> Contents() =>
        Directory.GetFiles(Authority, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllText);
}
