using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using PgmCluster.Data.Artifacts;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;
using PgmCluster.Silo.Hosting;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Schema;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.TestSupport;

namespace PgmCluster.Silo.Tests.Doctor;

/// <summary>What is wrong with an installation, and that each wrong thing is one line that says what to do.</summary>
public sealed class InstallationTests : IDisposable
{
    private readonly TemporaryHome _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Database_OfANewerProgram_Fails()
    {
        StateDatabase.Open(_home.DatabasePath).Release();
        using (var connection = Connect()) connection.Execute("UPDATE PgmSchema SET Version = 999");

        var line = AssertOnlyFails("database");

        Assert.Contains("its schema has version 999", line.Found);
        Assert.StartsWith("Use the newer program", line.Advice);
    }

    [Fact]
    public void Database_OfAnOlderProgram_IsAWarning_AndStaysAsItIs()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.DatabasePath)!);
        using (var connection = Connect())
        {
            connection.Execute(SqlScripts.Sqlite.Migrations[0].Sql);
            connection.Execute("CREATE TABLE PgmSchema (Id INTEGER, Version INTEGER, ModifiedAt TEXT, ModifiedBy TEXT)");
            connection.Execute("INSERT INTO PgmSchema VALUES (1, 1, '', '')");
        }
        var before = File.ReadAllBytes(_home.DatabasePath);

        var line = Look(Options())["database"];

        Assert.Equal(FindingState.Warning, line.State);
        Assert.Contains("schema 1", line.Found);
        Assert.Contains("backup", line.Advice);
        Assert.Equal(before, File.ReadAllBytes(_home.DatabasePath));
    }

    [Fact]
    public void Database_ThatIsNone_Fails()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_home.DatabasePath)!);
        File.WriteAllText(_home.DatabasePath, "This is a text, and longer than the header of a database would be.");

        Assert.Contains("is not an SQLite database or is damaged", AssertOnlyFails("database").Found);
    }

    [Fact]
    public void Database_WithDamagedPages_Fails()
    {
        StateDatabase.Open(_home.DatabasePath).Release();
        using (var file = File.OpenWrite(_home.DatabasePath))
        {
            file.Position = 4096;
            file.Write(Enumerable.Repeat((byte)0xA5, 8192).ToArray());
        }

        Assert.Contains("damaged", AssertOnlyFails("database").Found);
    }

    [Fact]
    public void ArtifactStore_OfAnotherCluster_Fails()
    {
        ArtifactOwner.Claim(Path.Combine(_home.Path, "artifacts"), "another cluster's id", "another", "'db' at elsewhere");

        var line = AssertOnlyFails("artifact store");

        Assert.Contains("it holds the files of cluster 'another'", line.Found);
        Assert.StartsWith("Give this one a store of its own", line.Advice);
    }

    [Fact]
    public void Address_OfAnotherMachine_ThatLineFails()
    {
        // Of a block for documentation (RFC 5737): nobody's.
        var options = Options();
        (options.AdvertisedAddress, options.AllowUnprotectedNetwork, options.SiloPort) = ("192.0.2.1", true, 11111);

        var line = AssertOnlyFails("port 11111", options);

        Assert.Contains("192.0.2.1", line.Found);
        Assert.Contains("PGM_ADVERTISEDADDRESS", line.Advice);
    }

    [Fact]
    public void Port_OfOnesOwn_IsFreeAgainAfterTheLook()
    {
        using var free = new ReservedPort();
        var options = Options();
        options.DataPort = free.Number;

        Assert.Equal(FindingState.Ok, Look(options)[$"port {options.DataPort}"].State);
        Assert.Equal(FindingState.Ok, Look(options)[$"port {options.DataPort}"].State);
    }

    [Fact]
    public void Weights_MissingOrShorter_AreNamed()
    {
        var database = StateDatabase.Open(_home.DatabasePath);
        foreach (var run in new[] { "gone", "short", "whole" })
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData("abc"u8));
            FinishedRuns.Record(database, run, new ArtifactInfo($"runs/{run}/weights.safetensors", 3, sha256));
        }
        database.Release();
        Write("short", "ab");
        Write("whole", "abc");

        var line = AssertOnlyFails("weights");

        Assert.Contains("runs/gone/weights.safetensors is missing", line.Found);
        Assert.Contains("runs/short/weights.safetensors has 2 bytes instead of the recorded 3", line.Found);
        Assert.DoesNotContain("whole", line.Found);
    }

    [Fact]
    public void Disk_ThatIsReadOnly_HomeAndStoreFail()
    {
        using var disk = new SmallDisk();
        disk.MakeReadOnly();

        var lines = Look(new SiloOptions { Home = disk.Path, Devices = "none" });

        Assert.Equal(["home", "artifact store"], lines.Values.Where(l => l.State == FindingState.Failed).Select(l => l.Subject));
        Assert.Contains("Read-only file system", lines["artifact store"].Found);
        Assert.Contains("Pgm:Artifacts", lines["artifact store"].Advice);
    }

    private Finding AssertOnlyFails(string subject, SiloOptions? options = null)
    {
        var lines = Look(options ?? Options());
        Assert.Equal([subject], lines.Values.Where(l => l.State == FindingState.Failed).Select(l => l.Subject));
        return lines[subject];
    }

    private static Dictionary<string, Finding> Look(SiloOptions options)
    {
        options.Validate();
        return Installation.Examine(options, ComputeDevices.Present(options.Devices), all: false).ToDictionary(f => f.Subject);
    }

    private SiloOptions Options() => new() { Home = _home.Path, Devices = "none" };

    private void Write(string run, string text)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_home.Path, "artifacts", "runs", run)).FullName;
        File.WriteAllText(Path.Combine(folder, "weights.safetensors"), text);
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection($"Data Source={_home.DatabasePath};Pooling=False");
        connection.Open();
        return connection;
    }
}
