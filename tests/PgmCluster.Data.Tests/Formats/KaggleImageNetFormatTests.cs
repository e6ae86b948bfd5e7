using System.Text;

namespace PgmCluster.Data.Tests.Formats;

public class KaggleImageNetFormatTests
{
    private const string Root = "ILSVRC/Data/CLS-LOC";

    [Theory]
    [InlineData(
        "LOC_val_solution.csv",
        "ImageId,PredictionString\nILSVRC2012_val_00000002,n01440764 1 2 3 4 \nILSVRC2012_val_00000001,n02099601 1 2 3 4 n02099601 5 6 "
        + "7 8\n")]
    [InlineData("imagenet_2012_validation_synset_labels.txt", "n02099601\nn01440764\n")]
    public async Task Read_FoldersAndAFlatVal_GiveSynsetsAndSplits(string list, string content)
    {
        using var directory = Made();
        directory.Write(list, Encoding.UTF8.GetBytes(content));
        directory.Write("LOC_synset_mapping.txt", [1]);

        var layout = await Shards.Layout(directory.Path);
        var read = await Shards.Read(directory.Path);

        Assert.Equal("imagenet", layout.Format);
        Assert.Equal(["n01440764", "n02099601"], layout.ClassNames);
        Assert.Equal(["train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal([(".jpeg", 1), (".txt", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
        Assert.Equal(["n01440764", "n02099601", "n02099601", "n01440764"], read.Select(p => p.Label));
        Assert.Equal($"{Root}/val/ILSVRC2012_val_00000001.JPEG", read[2].Key);
    }

    [Fact]
    public async Task Recognize_ValWithoutLabels_SaysWhatToPutThere()
    {
        using var directory = Made();
        await Refused("neither LOC_val_solution.csv nor a list named *validation_synset_labels.txt");
        directory.Write("LOC_val_solution.csv", "ImageId,PredictionString\nILSVRC2012_val_00000001,n01440764 1 2 3 4\n"u8.ToArray());
        await Refused("no label for ILSVRC2012_val_00000002 of val");
        directory.Write(
            "LOC_val_solution.csv",
            "ImageId,PredictionString\nILSVRC2012_val_00000001,n1 1 2 3 4\nILSVRC2012_val_00000002,n01440764 1 2\n"u8.ToArray());
        await Refused("val has pictures of n1, for which train has no folder");
        File.Delete(directory.File("LOC_val_solution.csv"));
        directory.Write("imagenet_2012_validation_synset_labels.txt", "n01440764\n"u8.ToArray());
        await Refused("labels 1 pictures, val holds 2");

        async Task Refused(string found) => Assert.Contains(
            found, (await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path))).Message, StringComparison.Ordinal);
    }

    private static TemporaryDirectory Made()
    {
        var directory = new TemporaryDirectory();
        directory.Write($"{Root}/train/n02099601/n02099601_1.JPEG", Shards.Jpeg(1));
        directory.Write($"{Root}/train/n01440764/n01440764_1.JPEG", Shards.Jpeg(2));
        directory.Write($"{Root}/val/ILSVRC2012_val_00000001.JPEG", Shards.Jpeg(3));
        directory.Write($"{Root}/val/ILSVRC2012_val_00000002.JPEG", Shards.Jpeg(4));
        directory.Write($"{Root}/test/ILSVRC2012_test_00000001.JPEG", Shards.Jpeg(5));
        return directory;
    }
}
