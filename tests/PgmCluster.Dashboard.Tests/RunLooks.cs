using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PgmCluster.Dashboard.Tests;

/// <summary>What there is to see on a run's page while it goes on.</summary>
internal static class RunLooks
{
    /// <summary>Curves grow.</summary>
    public static async Task LossMovesAsync(IPage page)
    {
        var loss = page.Locator("figure", new() { HasText = "Loss" }).First.Locator("figcaption p");
        await Expect(loss).ToContainTextAsync("at step");
        await Expect(page.Locator("figure svg path").First).ToBeAttachedAsync();
        var before = await loss.TextContentAsync();
        await Expect(loss).Not.ToHaveTextAsync(before!);
        await Expect(page.Locator("figure", new() { HasText = "Gradient norm" }).Locator("figcaption p")).ToContainTextAsync("at step");
        await Expect(page.Locator("figure", new() { HasText = "Rate" }).Locator("figcaption p")).ToContainTextAsync("at step");
    }

    /// <summary>The slider chooses another step's pictures, by the keyboard as well.</summary>
    public static async Task ScrubsAsync(IPage page, string id)
    {
        var slider = page.Locator("#grid-step");
        // With the third, the second is not the newest, which gives way to the next.
        await Expect(slider).ToHaveAttributeAsync("max", new Regex(@"^([2-9]|\d\d+)$"));
        await slider.PressAsync("Home");
        await Expect(page.Locator("img.grid")).ToHaveAttributeAsync("src", new Regex($@"^/grids/{id}/10\.png\?"));
        await Expect(slider).ToHaveAttributeAsync("aria-valuetext", "after step 10");
        await slider.PressAsync("ArrowRight");
        await Expect(page.Locator("img.grid")).ToHaveAttributeAsync("src", new Regex($@"^/grids/{id}/20\.png\?"));
        Assert.True(await page.Locator("img.grid").EvaluateAsync<bool>("async i => { await i.decode(); return i.naturalWidth > 20; }"));
    }
}
