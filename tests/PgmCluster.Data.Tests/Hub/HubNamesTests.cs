using PgmCluster.Data.Hub;

namespace PgmCluster.Data.Tests.Hub;

public sealed class HubNamesTests : HubTarget
{
    [Theory]
    [InlineData("imagenet")]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a/")]
    [InlineData("a/b?c")]
    public void Of_NameThatIsNoRepository_IsRefused(string name) =>
        Assert.Contains(
            "Give OWNER/NAME", Assert.Throws<BadInputException>(() => HubRepository.Of(HubKind.Dataset, name)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Of_Environment_FindsEndpointAndTokenAsTheHubsToolsDo()
    {
        var file = Files.Write("mine", "hf_file\n"u8.ToArray());
        Files.Write(".cache/huggingface/token", "hf_left"u8.ToArray());
        HubOptions Of(params (string Name, string Value)[] set) =>
            HubOptions.Of(name => set.FirstOrDefault(s => s.Name == name).Value, Files.Path);

        Assert.Equal(("https://huggingface.co/", "hf_left"), (Of().Endpoint.ToString(), Of().Token));
        Assert.Equal("hf_file", Of(("HF_TOKEN_PATH", file)).Token);
        Assert.Equal("hf_env", Of(("HF_TOKEN", "hf_env"), ("HF_TOKEN_PATH", file)).Token);
        Assert.Equal("http://mirror:8080/hf/", Of(("HF_ENDPOINT", "http://mirror:8080/hf")).Endpoint.ToString());
        Assert.DoesNotContain("hf_env", Of(("HF_TOKEN", "hf_env")).ToString(), StringComparison.Ordinal);
        Assert.Throws<BadInputException>(() => Of(("HF_ENDPOINT", "huggingface")));
        Assert.Throws<BadInputException>(() => Of(("HF_TOKEN_PATH", Files.File("none"))));
    }
}
