using System.Diagnostics;
using System.Globalization;
using Amazon.Runtime;
using Amazon.S3;

namespace PgmCluster.TestSupport.S3;

/// <summary>
/// A real server that speaks S3 on loopback, for the tests that share it: OpenStack Swift from the system's packages, as this user, in a
/// directory of its own.
/// </summary>
public sealed class LoopbackS3 : IDisposable
{
    /// <summary>For <c>AWS_ACCESS_KEY_ID</c>.</summary>
    public const string AccessKey = "test:tester";

    /// <summary>For <c>AWS_SECRET_ACCESS_KEY</c>.</summary>
    public const string SecretKey = "testing";

    // The system's own: another one does not see the system's packages.
    private const string Python = "/usr/bin/python3", Module = "/usr/lib/python3/dist-packages/swift/common/middleware/s3api";

    private readonly string? _directory;
    private readonly Process? _process;
    private readonly int _port;
    private int _buckets;

    public LoopbackS3()
    {
        if (!Directory.Exists(Module) || !File.Exists(Python)) return;
        _directory = Directory.CreateTempSubdirectory("pgm-s3-").FullName;
        var start = new ProcessStartInfo(Python)
        {
            ArgumentList = { Path.Combine(RepositoryRoot.Path, "tests", "PgmCluster.TestSupport", "S3", "loopback_s3.py"), _directory },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        var said = _process.StandardError.ReadToEndAsync();
        if (_process.StandardOutput.ReadLine() is not { } line)
            throw new InvalidOperationException($"Starting Swift: {said.GetAwaiter().GetResult().Trim()}");
        _port = int.Parse(line, CultureInfo.InvariantCulture);
    }

    /// <summary>The server.</summary>
    public Uri Endpoint => _process is not null
        ? new Uri($"http://127.0.0.1:{_port}")
        : throw GoldenData.Skipped("no S3 server: apt-get install swift-proxy swift-account swift-container swift-object");

    /// <summary>The account that may do everything.</summary>
    public static AWSCredentials Credentials => new BasicAWSCredentials(AccessKey, SecretKey);

    /// <summary>For looking at the server beside a store.</summary>
    public AmazonS3Client Client() => new(Credentials, new AmazonS3Config
    {
        ServiceURL = Endpoint.ToString(),
        ForcePathStyle = true,
        AuthenticationRegion = "us-east-1",
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    /// <summary>Makes an empty bucket.</summary>
    public string MakeBucket()
    {
        var name = $"bucket-{Interlocked.Increment(ref _buckets)}";
        using var client = Client();
        client.PutBucketAsync(name).GetAwaiter().GetResult();
        return name;
    }

    public void Dispose()
    {
        if (_process is null) return;
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory!, recursive: true);
    }
}
