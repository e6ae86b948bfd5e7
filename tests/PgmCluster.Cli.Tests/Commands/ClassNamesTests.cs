using PgmCluster.Cli.Errors;
using PgmCluster.Cli.Jobs;

namespace PgmCluster.Cli.Tests.Commands;

public class ClassNamesTests
{
    // Folders in the order of their names.
    private static readonly string[] Names = ["0", "1", "10", "2", "Cat", "cat", "caf\u00e9", "tench, Tinca tinca", "-x"];

    [Theory]
    [InlineData("10", 2)]
    [InlineData("2", 3)]
    [InlineData("cat", 5)]
    [InlineData("Cat", 4)]
    [InlineData("CAT", 4)]
    [InlineData("tench, Tinca tinca", 7)]
    [InlineData("7", 7)]
    public void Index_NameOrIndex_HasOneMeaning(string word, int expected) => Assert.Equal(expected, ClassNames.Index(word, Names, "d"));

    [Fact]
    public void Index_Unknown_IsRefused() =>
        Assert.Contains("no class 'dog'", Assert.Throws<UsageException>(() => ClassNames.Index("dog", Names, "d")).Message);
}
