using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace PgmCluster.Dashboard.Tests;

/// <summary>From an empty home to runs of all that a picture takes, by the pages alone, in a real browser over a real silo.</summary>
public sealed class NewRunTests(OpenSilo silo, Chromium chromium) : IClassFixture<OpenSilo>, IClassFixture<Chromium>
{
    [Fact]
    public async Task ARun_FromAnEmptyHome_IsSubmittedByThePage_SeenAndCancelled_AndWhatNeedsTokensIsLedToThem()
    {
        using var client = silo.Client();
        await using var window = await chromium.OpenAsync(silo.Address);
        var page = window.Page;
        await window.GoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Start one here" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/new");
        await window.IsAliveAsync();
        await chromium.LookAsync(silo.Address, "new-run-empty", "/runs/new");
        await Expect(page.Locator("main")).ToContainTextAsync("No data set is registered yet.");
        await StartAsync(page);
        await Expect(Alert(page)).ToHaveTextAsync("What to train: no preset is chosen. Choose one.");

        await RegisterAsync(page);
        await page.GetByLabel("Preset").SelectOptionAsync("pgm-smoke");
        await Expect(page.Locator("main")).ToContainTextAsync("One takes a trained tokenizer, and there is none either: start one first.");
        await window.IsSoundAsync("new-run-tokens");
        await page.GetByRole(AriaRole.Button, new() { Name = "Train tokenizer-smoke instead" }).ClickAsync();
        await Expect(page.GetByLabel("Preset")).ToHaveValueAsync("tokenizer-smoke");
        await Expect(Id(page)).ToHaveValueAsync("tokenizer-smoke-1");
        await page.GetByLabel("Steps", new() { Exact = true }).FillAsync("1000000");
        await page.GetByLabel("Pictures every so many steps").FillAsync("10");
        await RefusalsAsync(page);
        await CheckAsync(page);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/api/v1/runs/tokenizer-smoke-1")).StatusCode);
        await window.IsSoundAsync("new-run-checked");

        // Enter starts it, as in any form.
        await Id(page).PressAsync("Enter");
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/tokenizer-smoke-1");
        await RunLooks.LossMovesAsync(page);
        await RunLooks.ScrubsAsync(page, "tokenizer-smoke-1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel it" }).ClickAsync();
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("cancelled");

        await TokenizerAsync(window);
        await CompareAsync(window);
        await TokensAsync(window);
    }

    private static ILocator Alert(IPage page) => page.GetByRole(AriaRole.Alert);

    private static ILocator Id(IPage page) => page.Locator("#id");

    private static Task StartAsync(IPage page) => page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();

    /// <summary>The pictures that come with the program stand there already.</summary>
    private static async Task RegisterAsync(IPage page)
    {
        await Expect(page.GetByLabel("Where the pictures are")).ToHaveValueAsync(new Regex("deploy/sample-data/fashion-mnist$"));
        await page.GetByLabel("Its name").FillAsync("../fashion");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await Expect(Alert(page).Filter(new() { HasText = "../fashion" })).ToBeVisibleAsync();
        await page.GetByLabel("Its name").FillAsync("fashion");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Data set fashion is registered.");
        await Expect(page.Locator("#dataset")).ToHaveValueAsync("fashion");
    }

    /// <summary>A line for each that is wrong with what was typed; what only the cluster knows, in its own words.</summary>
    private static async Task RefusalsAsync(IPage page)
    {
        var (set, most) = (page.GetByLabel("Further settings"), page.GetByLabel("Devices, at most"));
        await set.FillAsync("training.learningRate=0.001\nnonsense\ntraining.lerningRate=1\ntraining.steps=5");
        await page.GetByLabel("Seed").FillAsync("x");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(Alert(page).Locator("li")).ToHaveTextAsync(new[]
        {
            new Regex("^Seed: 'x' is not a whole number. Give such a one.$"),
            new Regex("^Further settings, line 2: 'nonsense' is not KEY=VALUE. Write it like training.batchSize=32.$"),
            new Regex("^Further settings, line 3: .*The nearest is 'training.learningRate'"),
            new Regex("^Steps: training.steps is among the further settings as well. Give it once.$"),
        });
        await set.FillAsync("training.learningRate=0.001");
        await page.GetByLabel("Seed").FillAsync("7");
        await most.FillAsync("9");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(Alert(page)).ToContainTextAsync("Starting run 'tokenizer-smoke-1': it asks for up to 9 workers");
        await most.FillAsync("1");
    }

    private static async Task CheckAsync(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        var specification = page.GetByLabel("Complete specification");
        await Expect(specification).ToContainTextAsync("\"steps\": 1000000");
        await Expect(specification).ToContainTextAsync("\"learningRate\": 0.001");
        await Expect(specification).ToContainTextAsync("\"seed\": 7");
        // Of what is typed now it says nothing any more.
        await page.GetByLabel("Seed").FillAsync("8");
        await page.GetByLabel("Seed").PressAsync("Tab");
        await Expect(specification).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Check" }).ClickAsync();
        await Expect(specification).ToContainTextAsync("\"seed\": 8");
    }

    /// <summary>An address says what to begin with; an id that is taken is refused.</summary>
    private async Task TokenizerAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/runs/new?preset=tokenizer-smoke&dataset=fashion");
        await Expect(Id(page)).ToHaveValueAsync("tokenizer-smoke-2");
        await Id(page).FillAsync("tokenizer-smoke-1");
        await StartAsync(page);
        await Expect(Alert(page)).ToContainTextAsync("Starting 'tokenizer-smoke-1': there is a job of that id. Choose another id");
        await Id(page).FillAsync("tok");
        await page.GetByLabel("Steps", new() { Exact = true }).FillAsync("20");
        await StartAsync(page);
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/tok");
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("completed");
    }

    /// <summary>From a run's page to both curves in one chart, and to what differs.</summary>
    private async Task CompareAsync(Window window)
    {
        var page = window.Page;
        await page.GetByRole(AriaRole.Link, new() { Name = "Compare with another run" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/compare?a=tok");
        await window.IsAliveAsync();
        await Expect(page.Locator("#a")).ToHaveValueAsync("tok");
        await page.Locator("#b").FillAsync("nobody");
        await page.Locator("#b").PressAsync("Enter");
        await Expect(page.Locator("main")).ToContainTextAsync("There is no run 'nobody'");
        await window.IsAliveAsync();
        await page.Locator("#b").FillAsync("tokenizer-smoke-1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/compare?a=tok&b=tokenizer-smoke-1");
        await window.IsAliveAsync();
        await Expect(page.Locator("figure", new() { HasText = "Gradient norm" }).Locator("figcaption p"))
            .ToContainTextAsync(new Regex("tok .* at step .*; tokenizer-smoke-1 .* at step"));
        await Expect(page.Locator("figure", new() { HasText = "Gradient norm" }).Locator("path.curve")).ToHaveCountAsync(2);
        await Expect(page.Locator("tr", new() { HasText = "training.steps" }).Locator("td")).ToHaveTextAsync(["20", "1000000"]);
        await Expect(page.Locator("tr", new() { HasText = "training.batchSize" })).ToHaveCountAsync(0);
        await chromium.LookAsync(silo.Address, "compare", "/compare?a=tok&b=tokenizer-smoke-1");
    }

    private async Task TokensAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/runs/new?preset=pgm-smoke");
        await window.IsSoundAsync("new-run-tokenize");
        await Expect(page.Locator("#tokenizer")).ToHaveValueAsync("tok");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start the tokenization" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "fashion-tok" }).First).ToBeVisibleAsync();
        // Once it is completed it is there to be chosen, without a reload.
        await Expect(page.Locator("#tokens")).ToHaveValueAsync("fashion-tok");
        await Expect(Id(page)).ToHaveValueAsync("pgm-smoke-1");
        await page.GetByLabel("Steps", new() { Exact = true }).FillAsync("20");
        await StartAsync(page);
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/pgm-smoke-1");
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("completed");
        await window.IsSoundAsync("new-run-model");
    }
}
