using PgmCluster.Cli.Homes;
using PgmCluster.Cli.Tests.Fakes;
using PgmCluster.Data;

namespace PgmCluster.Cli.Tests.Homes;

public sealed class PgmHomeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Locate_NothingGiven_TakesTheVariable()
    {
        Assert.Equal("/given", PgmHome.Locate("/given", _ => "/variable").Root);
        Assert.Equal("/variable", PgmHome.Locate(null, _ => "/variable").Root);
        Assert.EndsWith(".pgm", PgmHome.Locate(null, _ => null).Root);
    }

    [Fact]
    public void OpenArtifacts_OfABucket_KeepsItsCopiesApartFromTheSilos()
    {
        var silos = Directory.CreateDirectory(_directory["cache/artifacts/aa"]);
        File.WriteAllBytes(Path.Combine(silos.FullName, "copy"), new byte[10]);

        new PgmHome(_directory.Root, "s3://bucket/prefix?endpoint=http://127.0.0.1:9&region=us-east-1").OpenArtifacts();

        Assert.Equal(
            [_directory["cache/artifacts"], _directory["cache/commands"]],
            Directory.GetDirectories(_directory["cache"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Claim_NewDirectory_MarksItAndUndoRemovesIt()
    {
        var home = new PgmHome(_directory["a/b/home"]);

        var claim = home.Claim();
        Assert.True(File.Exists(home.Marker));
        Directory.CreateDirectory(home.State);
        File.WriteAllText(Path.Combine(home.State, "pgm.db"), "x");
        claim.Undo();

        Assert.Empty(Directory.GetFileSystemEntries(_directory.Root));
    }

    [Fact]
    public void Undo_AfterKeep_LeavesEverything()
    {
        var home = new PgmHome(_directory["home"]);
        var claim = home.Claim();
        claim.Keep();

        claim.Undo();

        Assert.True(File.Exists(home.Marker));
    }

    [Fact]
    public void Undo_HomeWasThereBefore_LeavesEverything()
    {
        var home = new PgmHome(_directory["home"]);
        home.Claim().Keep();
        Directory.CreateDirectory(home.State);

        home.Claim().Undo();

        Assert.True(Directory.Exists(home.State));
        Assert.True(File.Exists(home.Marker));
    }

    [Fact]
    public void Claim_DirectoryOfSomebodyElse_IsRefused()
    {
        Directory.CreateDirectory(_directory["home"]);
        File.WriteAllText(_directory["home/thesis.tex"], "x");

        var e = Assert.Throws<BadInputException>(() => new PgmHome(_directory["home"]).Claim());

        Assert.Contains(_directory["home"], e.Message);
        Assert.Equal([_directory["home/thesis.tex"]], Directory.GetFileSystemEntries(_directory["home"]));
    }

    [Fact]
    public void Claim_BelowAFile_IsBadInput()
    {
        File.WriteAllText(_directory["file"], "x");

        var e = Assert.Throws<BadInputException>(() => new PgmHome(_directory["file/home"]).Claim());

        Assert.Contains(_directory["file/home"], e.Message);
        Assert.Single(Directory.GetFileSystemEntries(_directory.Root));
    }

    [Fact]
    public void Remove_QuickstartDirectory_KeepsWhatIsNotOurs()
    {
        var home = new PgmHome(_directory["home"]);
        home.Claim();
        foreach (var name in new[] { "state", "artifacts", "run", "logs", "quickstart", "mine" })
            Directory.CreateDirectory(Path.Combine(home.Root, name));
        foreach (var name in new[] { "summary.json", "grid.png", "loss.png", "notes.txt" })
            File.WriteAllText(Path.Combine(home.Root, name), "x");

        HomeContents.Remove(home);

        Assert.Equal(
            [PgmHome.MarkerName, "mine", "notes.txt"],
            Directory.GetFileSystemEntries(home.Root).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Remove_DirectoryWithoutMarker_IsRefused()
    {
        Directory.CreateDirectory(_directory["home/state"]);
        File.WriteAllText(_directory["home/state/important"], "x");

        Assert.Throws<BadInputException>(() => HomeContents.Remove(new PgmHome(_directory["home"])));

        Assert.True(File.Exists(_directory["home/state/important"]));
    }

    [Fact]
    public void Require_MoreThanThereIs_NamesTheNumbers()
    {
        var e = Assert.Throws<BadInputException>(() => FreeSpace.Require(_directory["new/home"], 1L << 40, "it"));

        Assert.Contains("disk is full", e.Message);
        FreeSpace.Require(_directory["new/home"], 0, "it");
    }
}
