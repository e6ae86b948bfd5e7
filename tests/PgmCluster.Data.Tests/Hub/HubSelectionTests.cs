using PgmCluster.Data.Hub;

namespace PgmCluster.Data.Tests.Hub;

public sealed class HubSelectionTests
{
    private static readonly HubSnapshot Snapshot = new(
        HubRepository.Of(HubKind.Dataset, "o/d"), "0123456789",
        [.. new[] { ".gitattributes", "README.md", "a/.hidden", "a/x-train-0.tar", "a/x-train-1.tar", "x-val-0.tar" }
            .Select(p => new HubFile(p, 1, null, "0"))]);

    [Theory]
    [InlineData("", "", null, "README.md a/x-train-0.tar a/x-train-1.tar x-val-0.tar")]
    [InlineData("*.tar", "*-1.tar", null, "a/x-train-0.tar x-val-0.tar")]
    [InlineData("a/", "", null, "a/x-train-0.tar a/x-train-1.tar")]
    [InlineData("README.md .gitattributes", "", null, ".gitattributes README.md")]
    [InlineData("", "", "validation", "README.md x-val-0.tar")]
    [InlineData("", "*.md", "train", "a/x-train-0.tar a/x-train-1.tar")]
    public void Of_Snapshot_GivesWhatIsWanted(string files, string exclude, string? split, string wanted) =>
        Assert.Equal(wanted, string.Join(' ', Of(files, exclude, split).Select(f => f.Path)));

    [Theory]
    [InlineData("none.pt", "", null, "there is no file 'none.pt'. It holds README.md, a/x-train-0.tar, a/x-train-1.tar, x-val-0.tar.")]
    [InlineData("", "", "test", "no file is named after a split 'test'. There are train, validation.")]
    [InlineData("*.md", "*", null, "no file is left to pull")]
    public void Of_NothingIsWanted_SaysWhatThereIs(string files, string exclude, string? split, string found) =>
        Assert.Contains(found, Assert.Throws<BadInputException>(() => Of(files, exclude, split)).Message, StringComparison.Ordinal);

    private static IReadOnlyList<HubFile> Of(string files, string exclude, string? split) => new HubSelection(
        files.Split(' ', StringSplitOptions.RemoveEmptyEntries), exclude.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        split).Of(Snapshot);
}
