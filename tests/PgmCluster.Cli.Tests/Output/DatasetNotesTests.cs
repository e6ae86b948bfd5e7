using PgmCluster.Cli.Jobs;
using PgmCluster.Contracts.Datasets;

namespace PgmCluster.Cli.Tests.Output;

public class DatasetNotesTests
{
    [Fact]
    public void Of_SmallAndMissingClasses_SaysAllInOneLine() => Assert.Equal(
        "Classes without any image: 'd'; without an image to train on: 'c'; with fewer than 10 images to train on: 'b' (3); "
        + "without a validation image: 'b'.",
        DatasetNotes.Of(Info([100, 3, 0, 0], [10, 0, 4, 0])));

    [Fact]
    public void Of_FilesLeftOut_SaysSo()
    {
        var info = Info([100, 30, 10, 10], [10, 3, 1, 1]) with { LeftOut = "6 files left out: .tif 5, .gif 1" };
        Assert.Equal("6 files left out: .tif 5, .gif 1.", DatasetNotes.Of(info));
    }

    [Fact]
    public void Of_NothingToSay_IsNull()
    {
        Assert.Null(DatasetNotes.Of(Info([100, 30, 10, 10], [10, 3, 1, 1])));
        Assert.Null(DatasetNotes.Of(Info([100, 30, 10, 10], [0, 0, 0, 0])));
        Assert.Null(DatasetNotes.Of(Info([100, 0, 10, 10], [0, 0, 0, 0]) with { TrainingImagesByClass = null }));
    }

    private static DatasetInfo Info(int[] training, int[] validation) => new()
    {
        Name = "x",
        Location = "/x",
        SourceKind = "idx",
        Images = 0,
        ClassNames = ["a", "b", "c", "d"],
        Splits = [],
        ContentSha256 = "",
        TrainingImagesByClass = training,
        ValidationImagesByClass = validation,
    };
}
