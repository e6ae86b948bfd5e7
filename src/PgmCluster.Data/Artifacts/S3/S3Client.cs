using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace PgmCluster.Data.Artifacts.S3;

/// <summary>How a server is spoken to.</summary>
internal static class S3Client
{
    /// <param name="place">The server, and how the bucket is named.</param>
    /// <param name="credentials">Null for those of the environment: variables, a profile, a role.</param>
    public static AmazonS3Client Create(S3Place place, AWSCredentials? credentials)
    {
        var config = new AmazonS3Config { ForcePathStyle = place.PathStyle };
        if (place.Region is { } region) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        if (place.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = place.Region ?? "us-east-1";
            // Other servers know no checksums behind the body. The body is signed in any case.
            config.RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED;
            config.ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED;
        }
        return credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
    }
}
