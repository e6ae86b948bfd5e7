using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using PgmCluster.TestSupport.Processes;
using static Microsoft.Playwright.Assertions;

namespace PgmCluster.Dashboard.Tests;

/// <summary>What was registered and what jobs made, as pages show it, in a real browser over a real silo.</summary>
public sealed class ResultPageTests(OpenSilo silo, Chromium chromium) : IClassFixture<OpenSilo>, IClassFixture<Chromium>
{
    [Fact]
    public async Task WhatIsRegisteredAndMade_IsShown_FromTheDataSetToTheScores()
    {
        using var client = silo.Client();
        await using var window = await chromium.OpenAsync(silo.Address);
        await DatasetsAsync(window);

        await MakeAsync(client, "runs/tok", Training("tokenizer-smoke", "dataset", "fashion"));
        await MakeAsync(client, "runs/judge", Training("classifier-smoke", "dataset", "fashion"));
        await MakeAsync(client, "tokenizations/tokens", new { dataset = "fashion", tokenizer = "tok", alsoSplits = new[] { "validation" } });
        await MakeAsync(client, "runs/model", Training("pgm-once-smoke", "tokens", "tokens"));
        await MakeAsync(client, "samplings/drawn", new { model = "model", imagesPerClass = 2, settings = new { steps = 4 } });
        await MakeAsync(client, "evaluations/scored", new { model = "model", classifier = "judge", images = 40, settings = new { steps = 4 } });
        await MakeAsync(client, "likelihoods/likely", new { model = "model", tokens = "tokens", images = 20, steps = 4 });

        await TokensAsync(window);
        await PicturesAsync(window);
        await DrawAsync(window, client);
        await ScoresAsync(window, client);
        await ClusterAsync(window);
    }

    /// <summary>Registered by the page, listed, and at its own address with classes and pictures.</summary>
    private async Task DatasetsAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/datasets");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "No data set is registered yet" })).ToBeVisibleAsync();
        await window.IsSoundAsync("datasets-empty");
        await page.GetByLabel("Its name").FillAsync("fashion");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Registered: fashion");
        await Expect(page.Locator("tbody tr")).ToContainTextAsync("10000 images");
        await chromium.LookAsync(silo.Address, "datasets", "/datasets");
        await page.Locator("tbody").GetByRole(AriaRole.Link, new() { Name = "fashion" }).ClickAsync();

        await Expect(page).ToHaveURLAsync($"{silo.Address}/datasets/fashion");
        await Expect(page.Locator(".facts")).ToContainTextAsync("28x28");
        await Expect(page.Locator("table.balance tbody tr")).ToHaveCountAsync(10);
        await Expect(page.Locator("tr", new() { HasText = "Sandal" }).Locator("td").Nth(0)).ToHaveTextAsync("900");
        await Expect(page.Locator("tr", new() { HasText = "Sandal" }).Locator("td").Nth(1)).ToHaveTextAsync("100");
        await chromium.LookAsync(silo.Address, "dataset", "/datasets/fashion");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show pictures of each class" }).ClickAsync();
        await IsDrawnAsync(page.GetByRole(AriaRole.Img, new() { Name = "Pictures of each class of fashion" }));
        await window.IsSoundAsync("dataset-pictures");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Train on it" })).ToHaveAttributeAsync("href", "runs/new?dataset=fashion");
        await window.GoAsync("/datasets/nobodys");
        await Expect(page.Locator("main")).ToContainTextAsync("There is no data set 'nobodys'.");
    }

    private async Task TokensAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/runs/tokens");
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex("Codebook in use\\s*\\d+ of \\d+"));
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex("Also validation\\s*1\u202f000 pictures"));
        await window.IsSoundAsync("tokens");
        await page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "fashion", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/datasets/fashion");
    }

    /// <summary>The grid is the file that the API gives, by another way in.</summary>
    private async Task PicturesAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/runs/drawn");
        await Expect(page.Locator("main")).ToContainTextAsync("20 pictures, a row each: 0 T-shirt/top, 1 Trouser");
        await IsDrawnAsync(page.GetByRole(AriaRole.Img, new() { Name = "20 drawn pictures" }));
        await chromium.LookAsync(silo.Address, "drawn", "/runs/drawn");
        var source = await page.Locator("img.grid").GetAttributeAsync("src");
        using var client = silo.Client();
        var shown = await client.GetByteArrayAsync(source);
        Assert.Equal(shown, await client.GetByteArrayAsync(source!.Replace("/pictures/", "/api/v1/artifacts/", StringComparison.Ordinal)));
        // Of the store only pictures are shown so, and only as they were when the result named them.
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(source.Replace(".png", ".json", StringComparison.Ordinal))).StatusCode);
        var other = Regex.Replace(source, "^/pictures/[0-9a-f]{64}/[0-9]+", $"/pictures/{new string('0', 64)}/1");
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(other)).StatusCode);
    }

    /// <summary>From the run's page to pictures of it, as they came to be; the API draws the same.</summary>
    private async Task DrawAsync(Window window, HttpClient client)
    {
        var page = window.Page;
        await window.GoAsync("/runs/model");
        await Expect(page.Locator(".facts").First).ToContainTextAsync(new Regex("Made from it\\s*likely\\s*, scored\\s*, drawn"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Draw from it" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/model/draw");
        await window.IsAliveAsync();
        await page.GetByLabel("Steps").FillAsync("none");
        await page.GetByRole(AriaRole.Button, new() { Name = "Draw", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Steps: 'none' is not a whole number of 1 or more. Give such a one.");
        await page.GetByLabel("Steps").FillAsync("4");
        await page.GetByLabel("Class").SelectOptionAsync("Bag");
        await page.GetByLabel("How many").FillAsync("3");
        await page.GetByLabel("Seed").FillAsync("5");
        await page.GetByLabel("Seed").PressAsync("Enter");
        await Expect(page.Locator("figure.revealed")).ToHaveCountAsync(3);
        await IsDrawnAsync(page.GetByRole(AriaRole.Img, new() { Name = "Bag, picture 3" }));
        await Expect(page.Locator("figure.revealed path")).ToHaveCountAsync(0);

        var slider = page.GetByLabel("After step");
        await slider.PressAsync("ArrowLeft");
        await Expect(slider).ToHaveAttributeAsync("aria-valuetext", "after step 3 of 4");
        await Expect(page.Locator("figure.revealed path")).ToHaveCountAsync(3);
        await window.IsSoundAsync("draw-revealing");
        await slider.PressAsync("Home");
        await Expect(page.Locator("figure.revealed path").First).ToHaveAttributeAsync("d", new Regex("^(M\\d+ \\d+h1v1h-1z){49}$"));
        await chromium.LookAsync(silo.Address, "draw", "/runs/model/draw");

        using var answered = await client.PostAsJsonAsync(
            "/api/v1/runs/model/draw", new { classes = new[] { 8, 8, 8 }, seed = 5, settings = new { steps = 4 } });
        var drawn = await answered.Content.ReadFromJsonAsync<JsonElement>();
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(
                "data:image/png;base64," + drawn.GetProperty("pictures")[i].GetProperty("png").GetString(),
                await page.Locator("figure.revealed img").Nth(i).GetAttributeAsync("src"));
        }
        // One alone, as a picture.
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/api/v1/runs/model/draw")
        {
            Content = JsonContent.Create(new { classes = new[] { 8 }, seed = 5, settings = new { steps = 4 } }),
            Headers = { { "Accept", "image/png" } },
        };
        using var one = await client.SendAsync(asked);
        Assert.Equal("image/png", one.Content.Headers.ContentType!.MediaType);
        Assert.Equal(drawn.GetProperty("pictures")[0].GetProperty("png").GetBytesFromBase64(), await one.Content.ReadAsByteArrayAsync());
    }

    /// <summary>Numbers are those of the API; the distance is not called FID, which it is not.</summary>
    private async Task ScoresAsync(Window window, HttpClient client)
    {
        var page = window.Page;
        var scores = await client.GetFromJsonAsync<JsonElement>("/api/v1/evaluations/scored/result");
        await window.GoAsync("/runs/scored");
        await Expect(page.Locator("thead")).ToContainTextAsync("Frechet distance (not FID)");
        await Expect(page.Locator("tr", new() { HasText = "Generated" }).Locator("td").Nth(0)).ToHaveTextAsync(
            scores.GetProperty("frechetGenerated").GetDouble().ToString("G4", System.Globalization.CultureInfo.InvariantCulture));
        await Expect(page.Locator(".facts").Last).ToContainTextAsync("classifier, judge (weights ");
        await Expect(page.Locator(".facts").Last).ToContainTextAsync("halton, 4 steps");
        await chromium.LookAsync(silo.Address, "scores", "/runs/scored");
        await window.GoAsync("/runs/likely");
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex("Bits per token\\s*[0-9.]+ ± [0-9.]+, of [0-9.]+ by a uniform guess"));
        await window.IsSoundAsync("likelihood");
    }

    private async Task ClusterAsync(Window window)
    {
        var page = window.Page;
        await window.GoAsync("/cluster");
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex(@"It answers\s*within \d+ ms"));
        await Expect(page.Locator("main")).ToContainTextAsync(new Regex(@"Room in it\s*[0-9.]+ GiB of [0-9.]+ GiB"));
        await Expect(page.Locator("tbody tr", new() { HasText = "serves this page" })).ToContainTextAsync("active");
        await Expect(page.Locator("tbody tr", new() { HasText = "serves this page" })).ToContainTextAsync("cpu:0");
        await chromium.LookAsync(silo.Address, "cluster", "/cluster");
    }

    private static object Training(string preset, string of, string name) => new Dictionary<string, object>
    {
        ["preset"] = preset,
        [of] = name,
        ["set"] = new Dictionary<string, string> { ["training.steps"] = "20" },
    };

    private static async Task IsDrawnAsync(ILocator picture) => Assert.True(
        await picture.EvaluateAsync<bool>("async i => { await i.decode(); return i.naturalWidth > 20; }"));

    private static async Task MakeAsync(HttpClient client, string path, object request)
    {
        await SiloProcess.SendAsync(client, HttpMethod.Put, path, request);
        await Until.Holds(
            $"{path} is completed", async () => (await client.GetFromJsonAsync<JsonElement>($"/api/v1/{path}")).ToString(),
            job => JsonDocument.Parse(job).RootElement.GetProperty("phase").GetString() switch
            {
                "completed" => true,
                "failed" or "parked" or "cancelled" => throw new HarnessException($"{path}: {job}"),
                _ => false,
            });
    }
}
