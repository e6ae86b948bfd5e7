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

    [Theory]
    [InlineData("Heartbeat", "00:00:00", "Pgm:Heartbeat is 00:00:00: use more than 0")]
    [InlineData("StopAgain", "2.00:00:00", "Pgm:StopAgain is 2.00:00:00: use at most 1.00:00:00 (a day)")]
    [InlineData("Heartbeat", "00:00:16", "Pgm:LeaseTimeout is 00:00:20, shorter than two heartbeats (Pgm:Heartbeat is 00:00:16)")]
    [InlineData("HeartbeatTimeout", "00:00:30", "Pgm:LeaseTimeout is 00:00:20, shorter than a heartbeat that is not answered and the next")]
    [InlineData("PlanInterval", "00:01:00", "Pgm:LeaseTimeout is 00:00:20, shorter than what lies between two looks of the scheduler")]
    [InlineData("LeaseSettles", "00:00:04", "Pgm:LeaseSettles is 00:00:04, shorter than a heartbeat can be under way")]
    [InlineData("LeaseBlind", "00:00:18", "Pgm:LeaseBlind is 00:00:18, shorter than a lease (Pgm:LeaseTimeout is 00:00:20)")]
    [InlineData("LeaseBlind", "00:00:18", "Pgm:LeaseBlind is 00:00:18, shorter than two readings of the membership table")]
    [InlineData("OwnerPatience", "00:00:09", "Pgm:OwnerPatience is 00:00:09, shorter than one call to an owner may take")]
    public void Validate_TimingsThatContradictEachOther_AreRefusedInALine(string setting, string value, string line)
    {
        var options = new SiloOptions { Home = "x" };
        SiloConfiguration.Apply(options, null, [KeyValuePair.Create(setting, (string?)value)]);

        var e = Assert.Throws<SiloOptionsException>(options.Validate);

        Assert.Contains(e.Problems, p => p.StartsWith(line, StringComparison.Ordinal));
        Assert.All(e.Problems, p => Assert.DoesNotContain('\n', p));
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
