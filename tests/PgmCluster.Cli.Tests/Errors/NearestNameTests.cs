using PgmCluster.Cli.Errors;
using PgmCluster.Execution.Specifications;

namespace PgmCluster.Cli.Tests.Errors;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("evalaute", "evaluate")]
    [InlineData("TRAIN", "train")]
    [InlineData("trian", "train")]
    [InlineData("smaple", "sample")]
    [InlineData("zzzzzzzz", null)]
    public void Find_MistypedName_GivesTheNearestOrNothing(string given, string? expected) =>
        Assert.Equal(expected, NearestName.Find(given, ["train", "sample", "evaluate"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abcd", "abdc", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_Pairs_CountEdits(string a, string b, int expected) =>
        Assert.Equal(expected, PgmCluster.Execution.Specifications.Nearest.Distance(a, b));
}
