using PgmCluster.Api.Keys;
using PgmCluster.Data;

namespace PgmCluster.Api.Tests;

public sealed class KeyFileTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("pgm-api-tests-");

    private string Keys => Path.Combine(_directory.FullName, "keys", "api-keys.json");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void AKey_IsShownOnce_AndStoredAsItsHash_ForItsOwnerOnly()
    {
        var key = ApiKeyFile.Add(Keys, "ann@example.org", ApiRole.Submitter, DateTimeOffset.UnixEpoch);

        Assert.Matches("^pgm_[0-9a-f]{64}$", key);
        Assert.DoesNotContain(key[4..], File.ReadAllText(Keys));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Keys) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        var entry = Assert.Single(ApiKeyFile.Read(Keys)!);
        Assert.Equal(new ApiKeyEntry("ann@example.org", ApiRole.Submitter, ApiKeyFile.HashOf(key), DateTimeOffset.UnixEpoch), entry);
    }

    [Fact]
    public void ANameThatHasAKey_OrNone_OrCannotBe_IsRefused()
    {
        ApiKeyFile.Add(Keys, "ann", ApiRole.Viewer, DateTimeOffset.UnixEpoch);

        var taken = Assert.Throws<BadInputException>(() => ApiKeyFile.Add(Keys, "ann", ApiRole.Admin, default));
        Assert.Contains("pgm keys remove ann", taken.Message);
        Assert.Throws<BadInputException>(() => ApiKeyFile.Add(Keys, "ann\nroot", ApiRole.Admin, default));
        Assert.Throws<BadInputException>(() => ApiKeyFile.Remove(Keys, "bob"));
        ApiKeyFile.Remove(Keys, "ann");
        Assert.Empty(ApiKeyFile.Read(Keys)!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"keys\":[{\"name\":\"ann\",\"role\":\"king\",\"sha256\":\"00\",\"createdAt\":\"2026-01-01T00:00:00Z\"}]}")]
    [InlineData("{\"keys\":[{\"name\":\"ann\",\"role\":\"admin\",\"sha256\":\"00\",\"createdAt\":\"2026-01-01T00:00:00Z\"}]}")]
    public void AFileThatIsNone_IsRefusedInOneLine(string text)
    {
        Assert.Null(ApiKeyFile.Read(Keys));
        Directory.CreateDirectory(Path.GetDirectoryName(Keys)!);
        File.WriteAllText(Keys, text);

        var e = Assert.Throws<BadInputException>(() => ApiKeyFile.Read(Keys));

        Assert.DoesNotContain('\n', e.Message);
        Assert.Contains("pgm keys add", e.Message);
    }
}
