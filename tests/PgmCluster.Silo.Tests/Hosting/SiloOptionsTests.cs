using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;

namespace PgmCluster.Silo.Tests.Hosting;

public sealed class SiloOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreUsable() => new SiloOptions { Home = "anywhere" }.Validate();

    [Fact]
    public void Validate_SeveralMistakes_ReportsAllAtOnce()
    {
        var options = new SiloOptions
        {
            Home = " ",
            SiloName = "a/b",
            SiloPort = 70000,
            AdvertisedAddress = "somewhere",
            Devices = "tpu:0",
            ShutdownTimeout = TimeSpan.Zero,
        };

        var e = Assert.Throws<SiloOptionsException>(options.Validate);

        Assert.Equal(6, e.Problems.Count);
        Assert.DoesNotContain('\n', e.Message);
        foreach (var key in new[] { "Home", "SiloName", "SiloPort", "AdvertisedAddress", "Devices", "ShutdownTimeout" })
            Assert.Contains($"Pgm:{key} ", e.Message);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    public void Validate_AddressOthersCanReach_NeedsAnExplicitYes(string address)
    {
        var options = new SiloOptions { Home = "x", AdvertisedAddress = address };
        Assert.Throws<SiloOptionsException>(options.Validate);
        options.AllowUnprotectedNetwork = true;
        options.Validate();
    }

    [Theory]
    [InlineData("Host=db;Database=pgm;Username=pgm;Password=s3cret-word", null)]
    [InlineData("Host=db;Sleep=s3cret-word", "Pgm:Database is a connection string that cannot be read")]
    [InlineData("Host=db;Port=s3cret-word", "Pgm:Database is a connection string that cannot be read")]
    [InlineData("postgres://pgm:s3cret-word@db/pgm", "Pgm:Database is a connection string that cannot be read")]
    [InlineData("Database=pgm;Password=s3cret-word", "Pgm:Database is a connection string that names no Host")]
    public void Validate_Database_IsCheckedAndNeverRepeated(string connectionString, string? problem)
    {
        var options = new SiloOptions { Home = "x", Database = connectionString };

        if (problem is null)
        {
            options.Validate();
            Assert.Equal(connectionString, options.ReadDatabase());
            return;
        }
        var e = Assert.Throws<SiloOptionsException>(options.Validate);
        Assert.StartsWith(problem, Assert.Single(e.Problems));
        Assert.DoesNotContain("s3cret-word", e.ToString());
    }

    [Fact]
    public void ReadDatabase_FromAFile_WithoutTheLineEnd()
    {
        using var home = new TemporaryHome();
        var file = Path.Combine(home.Path, "secret");
        File.WriteAllText(file, "Host=db;Password=s3cret-word\n");

        Assert.Equal("Host=db;Password=s3cret-word", new SiloOptions { DatabaseFile = file }.ReadDatabase());
        Assert.Null(new SiloOptions().ReadDatabase());
        var missing = Assert.Throws<SiloOptionsException>(new SiloOptions { DatabaseFile = file + ".gone" }.Validate);
        Assert.Contains($"Pgm:DatabaseFile is {file}.gone", Assert.Single(missing.Problems));
        Assert.Throws<SiloOptionsException>(new SiloOptions { DatabaseFile = file, Database = "Host=db" }.Validate);
    }

    [Fact]
    public void Validate_WaitOfDaysOrCoresBelowZero_AreRefused()
    {
        // "90" in the environment is 90 days.
        var e = Assert.Throws<SiloOptionsException>(
            new SiloOptions
            {
                Home = "x",
                DatabaseWait = TimeSpan.Parse("90", System.Globalization.CultureInfo.InvariantCulture),
                CoresPerDevice = -1
            }.Validate);

        Assert.Equal(2, e.Problems.Count);
        Assert.Contains("hours:minutes:seconds", e.Message);
    }

    [Fact]
    public void ArtifactsPlace_NotSet_IsInTheHome()
    {
        Assert.Equal("/h/artifacts", new SiloOptions { Home = "/h" }.ArtifactsPlace);
        Assert.Equal("/mnt/shared", new SiloOptions { Home = "/h", Artifacts = "/mnt/shared" }.ArtifactsPlace);
    }

    [Fact]
    public void ImportRoots_NotSet_AreAnyFileOnLoopbackAndNoneWhereOthersReachTheSilo()
    {
        Assert.Null(new SiloOptions { Home = "/h" }.ImportRootsOrAny);
        Assert.Empty(new SiloOptions { Home = "/h", AdvertisedAddress = "10.1.2.3" }.ImportRootsOrAny!);
        Assert.Equal(["/data", "/mnt/images"], new SiloOptions { Home = "/h", ImportRoots = "/data:/mnt/images" }.ImportRootsOrAny!);
        Assert.Contains(
            "'data'", Assert.Throws<SiloOptionsException>(new SiloOptions { Home = "/h", ImportRoots = "data" }.Validate).Message);
        Assert.Equal(
            ["https://a.org/s/", "http://b/"],
            new SiloOptions { Home = "/h", ImportAddresses = "https://a.org/s/ http://b/" }.ImportAddressList);
        Assert.Contains(
            "'https://a.org'",
            Assert.Throws<SiloOptionsException>(new SiloOptions { Home = "/h", ImportAddresses = "https://a.org" }.Validate).Message);
    }
}
