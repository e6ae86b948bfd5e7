using PgmCluster.Data.Formats;

namespace PgmCluster.Data.Tests.Formats;

public class ClassListTests
{
    [Fact]
    public void Of_NumbersWithoutAList_AreTheClassesThatOccurInTheirOrder()
    {
        var classes = ClassList.Of(null, ["10", "3", "3", "7"], "x");

        Assert.Equal(["3", "7", "10"], classes.Names);
        Assert.Equal([2, 0], new[] { classes["10"], classes["3"] });
    }

    [Fact]
    public void Of_NamesWithoutAList_AreInOrdinalOrderWhateverTheirUnicodeForm()
    {
        var classes = ClassList.Of(null, ["zoo", "cafe\u0301", "caf\u00e9", "Apple", "tench, Tinca tinca"], "x");

        Assert.Equal(["Apple", "caf\u00e9", "tench, Tinca tinca", "zoo"], classes.Names);
        Assert.Equal(classes["cafe\u0301"], classes["caf\u00e9"]);
    }

    [Fact]
    public void Of_List_NumbersCountInItAndNamesAreFoundInIt()
    {
        string[] named = ["dog", "caf\u00e9", "unused"];

        Assert.Equal(1, ClassList.Of(named, ["0", "1"], "x")["1"]);
        Assert.Equal(1, ClassList.Of(named, ["dog", "cafe\u0301"], "x")["cafe\u0301"]);
        // A list of numbers as names: a folder "1" is the class of that name and not the second of the list.
        Assert.Equal(2, ClassList.Of(["5", "0", "1"], ["0", "1"], "x")["1"]);
    }

    [Theory]
    [InlineData("3", "pictures are labelled 3")]
    [InlineData("cat", "pictures are labelled cat")]
    public void Of_LabelOutsideTheList_IsNamed(string label, string found)
    {
        var error = Assert.Throws<BadInputException>(() => ClassList.Of(["dog", "bird", "fish"], [label], "x"));

        Assert.Contains("its list names 3 classes, and " + found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ListThatNamesAClassTwice_IsRefused() => Assert.Contains(
        "names the class 'dog' twice (lines 1 and 3)",
        Assert.Throws<BadInputException>(() => ClassList.Of(["dog", "cat", "dog"], ["dog"], "x")).Message,
        StringComparison.Ordinal);
}
