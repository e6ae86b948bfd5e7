using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using PgmCluster.Api.Keys;
using PgmCluster.TestSupport;

namespace PgmCluster.Api.Tests;

/// <summary>What becomes of keys while their file changes.</summary>
public sealed class KeyRingTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pgm-api-tests-");
    private readonly FakeTimeProvider _time = new();
    private readonly ApiKeyRing _ring;

    public KeyRingTests() => _ring = new ApiKeyRing(Keys, _time, NullLogger<ApiKeyRing>.Instance);

    private string Keys => Path.Combine(_directory.FullName, "api-keys.json");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void AFileThatIsGone_LocksEverybodyOut_AndDoesNotLetEverybodyIn()
    {
        Assert.False(_ring.IsThere);
        var key = Add("ann");
        Assert.Equal("ann", _ring.Find(key)?.Name);

        File.Delete(Keys);
        Later();

        Assert.Null(_ring.Find(key));
        Assert.True(_ring.IsThere);
    }

    [Fact]
    public void AFileThatCannotBeUnderstood_LeavesTheKeysThatThereWere()
    {
        var key = Add("ann");
        Assert.NotNull(_ring.Find(key));

        File.WriteAllText(Keys, "{ half");
        Later();

        Assert.Equal("ann", _ring.Find(key)?.Name);
    }

    /// <summary>Another user has changed it, perhaps to take a key out.</summary>
    [Fact]
    public void AFileThatMayNotBeRead_LetsNobodyInOnTheFormerKeys()
    {
        var key = Add("ann");
        Assert.NotNull(_ring.Find(key));

        // Root may read whatever is a file.
        File.Delete(Keys);
        Directory.CreateDirectory(Keys);
        Later();

        Assert.Null(_ring.Find(key));
        Assert.True(_ring.IsThere);
    }

    private string Add(string name)
    {
        var key = ApiKeyFile.Add(Keys, name, ApiRole.Viewer, DateTimeOffset.UnixEpoch);
        Later();
        return key;
    }

    private void Later() => _time.Advance(TimeSpan.FromSeconds(2));
}
