using PgmCluster.Silo.Hosting;

namespace PgmCluster.Silo.Tests.Hosting;

public sealed class SiloOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreUsable() => new SiloOptions { Home = "anywhere" }.Validate();

    [Fact]
    public void Validate_SeveralMistakes_ReportsAllAtOnce()
    {
        var options = new SiloOptions
        {
            Home = " ",
            SiloName = "a/b",
            SiloPort = 70000,
            AdvertisedAddress = "somewhere",
            Devices = "tpu:0",
            ShutdownTimeout = TimeSpan.Zero,
        };

        var e = Assert.Throws<SiloOptionsException>(options.Validate);

        Assert.Equal(6, e.Problems.Count);
        Assert.DoesNotContain('\n', e.Message);
        foreach (var key in new[] { "Home", "SiloName", "SiloPort", "AdvertisedAddress", "Devices", "ShutdownTimeout" }) Assert.Contains($"Pgm:{key} ", e.Message);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    public void Validate_AddressOthersCanReach_NeedsAnExplicitYes(string address)
    {
        var options = new SiloOptions { Home = "x", AdvertisedAddress = address };
        Assert.Throws<SiloOptionsException>(options.Validate);
        options.AllowUnprotectedNetwork = true;
        options.Validate();
    }

    [Theory]
    [InlineData("none", "")]
    [InlineData("cpu:0", "cpu:0")]
    [InlineData("cuda:0, cuda:1,cpu:10", "cuda:0 cuda:1 cpu:10")]
    public void DeviceList_LegalForms_Resolve(string value, string expected) => Assert.Equal(expected, string.Join(' ', DeviceList.Resolve(value)));

    [Fact]
    public void DeviceList_Auto_HasAtLeastOne() => Assert.NotEmpty(DeviceList.Resolve("auto"));

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu:")]
    [InlineData("cpu:-1")]
    [InlineData("cpu:01")]
    [InlineData("cpu:0,,cpu:1")]
    [InlineData("cpu:0,cpu:0")]
    public void DeviceList_OtherForms_AreRefused(string value) => Assert.Throws<FormatException>(() => DeviceList.Resolve(value));
}
