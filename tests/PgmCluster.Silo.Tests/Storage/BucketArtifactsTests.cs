using System.Diagnostics;
using Amazon.S3.Model;
using PgmCluster.Data.Artifacts;
using PgmCluster.Data.Artifacts.Opening;
using PgmCluster.Execution.Devices;
using PgmCluster.Execution.Doctor;
using PgmCluster.Silo.Doctor;
using PgmCluster.Silo.Errors;
using PgmCluster.Silo.Options;
using PgmCluster.Silo.Storage;
using PgmCluster.Silo.Storage.Sqlite;
using PgmCluster.Silo.Tests.Doctor;
using PgmCluster.TestSupport;
using PgmCluster.TestSupport.S3;

namespace PgmCluster.Silo.Tests.Storage;

/// <summary>Artifacts in a bucket, by processes that know it from their settings and credentials from their environment.</summary>
public sealed class BucketArtifactsTests(LoopbackS3 server) : IClassFixture<LoopbackS3>, IDisposable
{
    private const int Megabytes = 64;

    private readonly string _home = Directory.CreateTempSubdirectory("pgm-bucket-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Write_KilledWhilePartsAreUploaded_NothingIsVisible()
    {
        var bucket = server.MakeBucket();
        using var client = server.Client();
        // Three parts of 16 MiB are on their way at once: one arrives whole whichever is faster, and all of it never.
        using var line = new StallingProxy(server.Endpoint, 50 << 20);
        using (var stalled = Start("write", Place(bucket, line.Endpoint), Path.Combine(_home, "cache"), "runs/r1/weights", $"{Megabytes}"))
        {
            try
            {
                await PartsAreThereAsync(client, bucket, stalled);
            }
            finally
            {
                stalled.Kill();
                await stalled.WaitForExitAsync();
            }
        }

        Assert.Empty((await client.ListObjectsV2Async(new() { BucketName = bucket })).S3Objects ?? []);

        // The same work again, as a worker that took it over does it.
        using var again = Start("write", Place(bucket, server.Endpoint), Path.Combine(_home, "cache"), "runs/r1/weights", $"{Megabytes}");
        Assert.StartsWith($"WRITTEN {Megabytes << 20} ", await again.StandardOutput.ReadLineAsync());
        await again.WaitForExitAsync();
        var head = await client.GetObjectMetadataAsync(bucket, "team/runs/r1/weights");
        Assert.Equal(Megabytes << 20, head.ContentLength);
    }

    [Fact]
    public async Task Silo_OnABucket_StartsAndKeepsAnotherClusterOut()
    {
        var bucket = server.MakeBucket();
        var credentials = new Dictionary<string, string>(Credentials) { ["PGM_ARTIFACTS"] = Place(bucket, server.Endpoint) };
        await using (var first = await TestSilo.StartAsync(Path.Combine(_home, "one"), environment: credentials))
        {
            Assert.StartsWith("READY", first.FirstLine);
            Assert.Equal(0, await first.StopAsync());
        }

        await using var second = await TestSilo.StartAsync(Path.Combine(_home, "two"), environment: credentials);

        Assert.StartsWith("FAILED", second.FirstLine);
        Assert.Contains($"remove s3://{bucket}/team/.pgm-owner if the other is gone", second.FirstLine);
    }

    [Fact]
    public void Claim_BucketWhoseServerIsAway_DoesNotAdviseToFreeSpace()
    {
        foreach (var (variable, value) in Credentials) Environment.SetEnvironmentVariable(variable, value);
        using var silent = new ReservedPort();
        var place = Place("bucket", new Uri($"http://127.0.0.1:{silent.Number}"));

        var line = Assert.Throws<SiloStartException>(() => ArtifactOwner.Claim(place, "mine", "production", "'db' at server")).Message;

        Assert.Contains("Writing s3://bucket/team/.pgm-owner: ", line);
        Assert.EndsWith("Try again once the server can be reached. Or name another store (Pgm:Artifacts).", line);
        Assert.DoesNotContain("space", line);
    }

    [Fact]
    public async Task Doctor_WeightsChangedInTheBucket_AreFoundAlthoughTheCacheHasThem()
    {
        foreach (var (variable, value) in Credentials) Environment.SetEnvironmentVariable(variable, value);
        var bucket = server.MakeBucket();
        var options = new SiloOptions { Home = _home, Devices = "none", Artifacts = Place(bucket, server.Endpoint) };
        var store = ArtifactStores.Open(options.ArtifactsPlace, options.ArtifactCachePath);
        var database = StateDatabase.Open(Path.Combine(_home, "state", "pgm.db"));
        var written = store.Write("runs/r1/weights.safetensors", stream => stream.Write("abc"u8));
        FinishedRuns.Record(database, "r1", written);
        database.Release();

        var whole = Examine(options);
        Assert.Equal(FindingState.Ok, whole["weights"].State);
        Assert.StartsWith("1 finished runs, 1 of their files read whole", whole["weights"].Found, StringComparison.Ordinal);
        Assert.Equal(FindingState.Ok, whole["artifact store"].State);
        Assert.EndsWith("read back and deleted", whole["artifact store"].Found, StringComparison.Ordinal);
        Assert.Equal([written.Name], store.List("").Select(a => a.Name));

        using var client = server.Client();
        var changed = new PutObjectRequest
        {
            BucketName = bucket,
            Key = $"team/{written.Name}",
            ContentBody = "abd",
            UseChunkEncoding = false,
        };
        // As a copy by another program has it.
        changed.Metadata.Add("x-amz-meta-sha256", written.Sha256);
        await client.PutObjectAsync(changed);

        var found = Examine(options)["weights"];
        Assert.Equal(FindingState.Failed, found.State);
        Assert.Equal($"s3://{bucket}/team/{written.Name} is not what was recorded: its bytes have changed", found.Found);
    }

    private static Dictionary<string, Finding> Examine(SiloOptions options) =>
        Installation.Examine(options, ComputeDevices.Present(options.Devices), all: false).ToDictionary(f => f.Subject);

    private static IReadOnlyDictionary<string, string> Credentials => new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = LoopbackS3.AccessKey,
        ["AWS_SECRET_ACCESS_KEY"] = LoopbackS3.SecretKey,
    };

    private static string Place(string bucket, Uri endpoint) => $"s3://{bucket}/team?endpoint={endpoint}";

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "PgmCluster.Silo.TestHost.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        foreach (var (variable, value) in Credentials) start.Environment[variable] = value;
        return Process.Start(start)!;
    }

    private static async Task PartsAreThereAsync(Amazon.S3.IAmazonS3 client, string bucket, Process writer)
    {
        while (true)
        {
            Assert.False(writer.HasExited, "the writer has ended although its upload cannot");
            foreach (var upload in (await client.ListMultipartUploadsAsync(bucket)).MultipartUploads ?? [])
            {
                if ((await client.ListPartsAsync(bucket, upload.Key, upload.UploadId)).Parts is { Count: > 0 }) return;
            }
            await Task.Delay(20);
        }
    }
}
