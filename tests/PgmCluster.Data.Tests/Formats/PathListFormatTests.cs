using System.Text;

namespace PgmCluster.Data.Tests.Formats;

public class PathListFormatTests
{
    [Theory]
    [InlineData("metadata.csv", "label,file_name,split\n\"tench, Tinca tinca\",b/1.png,train\ncat,./a.png,val\n")]
    [InlineData("labels.csv", "path;class;split\r\nb/1.png;tench, Tinca tinca;train\r\na.png;cat;validation\r\n")]
    [InlineData(
        "train.jsonl",
        "{\"image\": \"b/1.png\", \"label\": \"tench, Tinca tinca\", \"split\": \"train\"}\n\n"
        + "{\"image\": \"a.png\", \"label\": \"cat\", \"split\": \"dev\"}")]
    public async Task Read_ListsOfEveryKind_GiveLabelsAndSplits(string name, string content)
    {
        using var directory = Made(name, content);

        var layout = await Shards.Layout(directory.Path);

        Assert.Equal("list", layout.Format);
        Assert.Equal(["train", "validation"], layout.Shards.Select(s => s.Split));
        Assert.Equal(
            [("b/1.png", "tench, Tinca tinca"), ("a.png", "cat")], (await Shards.Read(directory.Path)).Select(p => (p.Key, p.Label)));
        Assert.Equal([(".png", 1)], layout.LeftOut.Select(l => (l.Key, l.Value)));
    }

    [Theory]
    [InlineData("metadata.csv", "file_name,label\na.png,0\nnone.png,1\n", "none.png (line 3) of it is not there")]
    [InlineData("metadata.csv", "file_name,label\na.png,0\na.png,1\n", "it names a.png in the lines 2 and 3")]
    [InlineData("metadata.csv", "file_name,label\n,0\n", "line 2: it has no path")]
    [InlineData("metadata.csv", "file_name,label\n", "it names no pictures")]
    [InlineData("metadata.jsonl", "{\"file_name\": \"a.png\"}\n{\n", "line 2: it is no JSON")]
    [InlineData("metadata.jsonl", "{\"file_name\": \"a.png\"}\n3\n", "line 2: it is no JSON object")]
    [InlineData("metadata.csv", "file_name,label\n../../etc/passwd,0\n", "../../etc/passwd (line 2) of it is not there")]
    public async Task Recognize_ListThatIsWrong_NamesTheLine(string name, string content, string found)
    {
        using var directory = Made(name, content);

        var error = await Assert.ThrowsAsync<BadInputException>(() => Shards.Layout(directory.Path));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recognize_CsvAboutSomethingElse_IsNoList()
    {
        using var directory = Made("labels.csv", "id,price\n1,2\n");
        directory.Write("cat/1.png", Shards.Png(1));

        Assert.Equal("folder", (await Shards.Layout(directory.Path)).Format);
    }

    private static TemporaryDirectory Made(string name, string content)
    {
        var directory = new TemporaryDirectory();
        directory.Write("a.png", Shards.Png(1));
        directory.Write("b/1.png", Shards.Png(2));
        directory.Write("b/2.png", Shards.Png(3));
        directory.Write(name, Encoding.UTF8.GetBytes(content));
        return directory;
    }
}
