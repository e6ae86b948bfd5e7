using PgmCluster.Data.Artifacts.S3;

namespace PgmCluster.Data.Tests.Artifacts;

public class S3PlaceTests
{
    [Theory]
    [InlineData("s3://bucket", "bucket", "", null, null, false)]
    [InlineData("s3://bucket/", "bucket", "", null, null, false)]
    [InlineData("s3://bucket/a/b/?region=eu-central-1", "bucket", "a/b/", null, "eu-central-1", false)]
    [InlineData("s3://bucket/a?endpoint=https://host:9000", "bucket", "a/", "https://host:9000/", null, true)]
    [InlineData("s3://bucket/a?endpoint=http%3A%2F%2Fhost&style=host", "bucket", "a/", "http://host/", null, false)]
    public void Parse_APlace_ReadsItsParts(string setting, string bucket, string prefix, string? endpoint, string? region, bool path)
    {
        var location = S3Place.Parse(setting);

        Assert.Equal(
            (bucket, prefix, endpoint, region, path),
            (location.Bucket, location.Prefix, location.Endpoint?.ToString(), location.Region, location.PathStyle));
        Assert.Equal($"s3://{bucket}/{prefix}", location.ToString());
    }

    [Theory]
    [InlineData("s3://", "names no bucket")]
    [InlineData("s3:///a", "names no bucket")]
    [InlineData("s3://bucket/a/../b", "no prefix for artifacts")]
    [InlineData("s3://bucket?endpoint=host:9000", "'endpoint=host:9000' is none of")]
    [InlineData("s3://bucket?style=odd", "'style=odd' is none of")]
    [InlineData("s3://bucket?acess=x", "'acess=x' is none of")]
    public void Parse_Nonsense_IsRefusedInOneLine(string setting, string reason)
    {
        var error = Assert.Throws<BadInputException>(() => S3Place.Parse(setting));

        Assert.Contains(reason, error.Message);
        Assert.Contains("s3://BUCKET/PREFIX", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
