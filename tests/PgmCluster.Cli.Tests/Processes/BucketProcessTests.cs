using Amazon.S3.Model;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.TestSupport.S3;

namespace PgmCluster.Cli.Tests.Processes;

/// <summary>Commands whose artifacts are in a bucket.</summary>
[Trait("Category", "Process")]
public sealed class BucketProcessTests(LoopbackS3 server) : IClassFixture<LoopbackS3>, IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("weights/none.pth")]
    [InlineData("../none.pth")]
    public async Task Checkpoint_NeitherAFileNorARun_IsSaid(string given)
    {
        using var inspect = await InspectAsync(server.MakeBucket(), given);

        Assert.Equal(2, inspect.ExitCode);
        Assert.Contains(
            $"Looking for the checkpoint '{given}': it is neither a file nor a completed run in s3://", inspect.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Checkpoint_OfARunIsNone_IsNamedAsItLiesInTheBucket()
    {
        var bucket = server.MakeBucket();
        using var client = server.Client();
        const string Name = "team/runs/r1/weights.safetensors";
        await client.PutObjectAsync(
            new PutObjectRequest { BucketName = bucket, Key = Name, ContentBody = "none", UseChunkEncoding = false });

        using var inspect = await InspectAsync(bucket, "r1");

        Assert.Equal(2, inspect.ExitCode);
        Assert.Contains($"Reading s3://{bucket}/{Name}: 4 bytes that begin neither like", inspect.Error, StringComparison.Ordinal);
    }

    private async Task<PgmProcess> InspectAsync(string bucket, string given)
    {
        var inspect = PgmProcess.StartWith(
            new Dictionary<string, string?>
            {
                ["PGM_ARTIFACTS"] = $"s3://{bucket}/team?endpoint={server.Endpoint}",
                ["AWS_ACCESS_KEY_ID"] = LoopbackS3.AccessKey,
                ["AWS_SECRET_ACCESS_KEY"] = LoopbackS3.SecretKey,
            },
            "checkpoint", "inspect", given, "--home", _home.Root);
        await inspect.WaitForExitAsync();
        return inspect;
    }
}
