using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PgmCluster.Dashboard.Tests;

/// <summary>What somebody sees of work from its submission to its end, in a real browser over a real silo.</summary>
public sealed class BrowserTests(OpenSilo silo, Chromium chromium) : IClassFixture<OpenSilo>, IClassFixture<Chromium>
{
    [Fact]
    public async Task ARun_FromAnEmptyHome_IsSeenGoingOn_PausedResumedCancelled_AndOutlivesItsSilo()
    {
        using var client = silo.Client();
        await using var window = await chromium.OpenAsync(silo.Address);
        var page = window.Page;
        await window.GoAsync("/");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "There are no runs yet" })).ToBeVisibleAsync();
        await chromium.LookAsync(silo.Address, "empty", "/");
        await chromium.LookAsync(silo.Address, "queue-empty", "/queue");

        await SiloProcess.AddDatasetAsync(client);
        await SiloProcess.SubmitAsync(client, "first");
        await SiloProcess.SubmitAsync(client, "second");
        // Without a reload: the list looks again by itself.
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "first", Exact = true })).ToBeVisibleAsync();
        await Expect(Row(page, "first").Locator(".phase")).ToHaveTextAsync("running");
        await Expect(Row(page, "second").Locator(".phase")).ToHaveTextAsync("queued");
        await chromium.LookAsync(silo.Address, "runs", "/runs");
        await FiltersAsync(window);
        await window.GoAsync("/queue");
        await Expect(Row(page, "second").Locator("td").Nth(1)).Not.ToHaveTextAsync("–");
        await chromium.LookAsync(silo.Address, "queue", "/queue");
        await window.GoAsync("/workers");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "first" })).ToBeVisibleAsync();
        await chromium.LookAsync(silo.Address, "workers", "/workers");

        await page.GetByRole(AriaRole.Link, new() { Name = "first" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/first");
        await RunLooks.LossMovesAsync(page);
        await RunLooks.ScrubsAsync(page, "first");
        await chromium.LookAsync(silo.Address, "run", "/runs/first");

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("paused");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume" }).ClickAsync();
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync(new Regex("running|queued"));

        await silo.KillAsync();
        await Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();
        await silo.StartAsync();
        await Expect(page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
        await window.IsAliveAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/first");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "first", Exact = true })).ToBeVisibleAsync();
        // That nobody answered meanwhile is what the browser complained of.
        window.Forgive();

        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel it" }).ClickAsync();
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("cancelled");
        await Expect(page.Locator(".timeline")).ToContainTextAsync("Cancelled");
        await SiloProcess.SendAsync(client, HttpMethod.Post, "runs/second/cancel", new { });
        await window.IsSoundAsync("cancelled");
    }

    [Fact]
    public async Task Keyboard_ReachesEverything_AndTheThemeStays()
    {
        await using var window = await chromium.OpenAsync(silo.Address, theme: null);
        await window.GoAsync("/workers");
        var page = window.Page;
        HashSet<string> reached = [];
        for (var i = 0; i < 20; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            reached.Add(await page.EvaluateAsync<string>("document.activeElement.textContent.trim()"));
        }
        foreach (var expected in new[] { "Runs", "Data sets", "Workers", "Queue", "Cluster", "API", "Dark" }) Assert.Contains(expected, reached);
        await page.Locator("#theme").PressAsync("Enter");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await window.GoAsync("/queue");
        await Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await Expect(page.Locator("#theme")).ToHaveTextAsync("Light");
        await window.IsSoundAsync("keyboard");
    }

    [Fact]
    public async Task ARunThatIsNotThere_SaysSo()
    {
        await using var window = await chromium.OpenAsync(silo.Address);
        await window.GoAsync("/runs/nobody");
        await Expect(window.Page.Locator("main")).ToContainTextAsync("There is no run 'nobody'");
        await window.IsSoundAsync("no-run");
    }

    /// <summary>The row of a run: others may name it where they wait for it.</summary>
    private static ILocator Row(IPage page, string id) => page.Locator($"tr:has(th a[href='runs/{id}'])");

    /// <summary>Filters and pages are addresses.</summary>
    private static async Task FiltersAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/runs?limit=1");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("tbody th a")).ToHaveTextAsync("second");
        await page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await Expect(page.Locator("tbody th a")).ToHaveTextAsync("first");
        await page.GetByRole(AriaRole.Link, new() { Name = "Newest" }).ClickAsync();
        await Expect(page.Locator("tbody th a")).ToHaveTextAsync("second");
        await window.GoAsync("/runs");
        await page.GetByLabel("Phase").SelectOptionAsync("queued");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("phase=queued"));
        await Expect(page.Locator("tbody th a")).ToHaveTextAsync("second");
        await Expect(page.GetByLabel("Phase")).ToHaveValueAsync("queued");
        await window.IsAliveAsync();
    }
}
