using System.Net;
using Microsoft.Playwright;
using PgmCluster.Dashboard.Access;
using PgmCluster.Dashboard.Assets;
using static Microsoft.Playwright.Assertions;

namespace PgmCluster.Dashboard.Tests;

/// <summary>Who sees the dashboard, and who may change something.</summary>
public sealed class SignInTests(KeyedSilo silo, Chromium chromium) : IClassFixture<KeyedSilo>, IClassFixture<Chromium>
{
    [Fact]
    public async Task Keys_AreAskedForOnce_AndRolesDecide()
    {
        using var ann = silo.Client(silo.Ann);
        await SiloProcess.AddDatasetAsync(ann);
        await SiloProcess.SubmitAsync(ann, "anns");
        await using var window = await chromium.OpenAsync(silo.Address);
        var page = window.Page;
        await page.GotoAsync("/runs/anns");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in"));
        await window.IsSoundAsync("sign-in");
        await SignInAsync(page, "nobody's");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not one of this cluster's keys");
        await SignInAsync(page, silo.Vera);

        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/anns");
        await window.IsAliveAsync();
        await Expect(page.Locator(".who")).ToContainTextAsync("vera, viewer");
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("queued");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToHaveCountAsync(0);
        var cookie = Assert.Single(await window.Context.CookiesAsync(), c => c.Name.StartsWith("pgm_page", StringComparison.Ordinal));
        Assert.DoesNotContain(silo.Vera, cookie.Value);
        Assert.True(cookie is { HttpOnly: true, SameSite: SameSiteAttribute.Strict });
        // What the cookie opens are pages, not the API: no page can have the browser change something there.
        Assert.Equal(401, (await page.Context.APIRequest.GetAsync("/api/v1/me")).Status);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page).ToHaveURLAsync($"{silo.Address}/sign-in");

        await page.GotoAsync("/runs/anns");
        await SignInAsync(page, silo.Ann);
        await window.IsAliveAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Yes, cancel it" }).ClickAsync();
        await Expect(page.Locator(".state .phase")).ToHaveTextAsync("cancelled");
        await window.IsSoundAsync("signed-in");
        // Whose key is taken back sees nothing new, on pages that are open already as well.
        silo.RemoveKey("ann");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("your key is not one of its keys any more");
    }

    [Fact]
    public async Task NewRun_IsRefusedToViewers_AndIsASubmittersOwn()
    {
        using var ben = silo.Client(silo.Ben);
        await SiloProcess.AddDatasetAsync(ben);
        await using (var veras = await chromium.OpenAsync(silo.Address))
        {
            await veras.Page.GotoAsync("/runs/new");
            await SignInAsync(veras.Page, silo.Vera);
            await Expect(veras.Page.Locator("main")).ToContainTextAsync("Starting a run: 'vera' is a viewer, and this needs more.");
            await Expect(veras.Page.GetByRole(AriaRole.Button, new() { Name = "Start" })).ToHaveCountAsync(0);
        }

        await using var window = await chromium.OpenAsync(silo.Address);
        var page = window.Page;
        await page.GotoAsync("/runs/new?preset=tokenizer-smoke&dataset=fashion");
        await SignInAsync(page, silo.Ben);
        await window.IsAliveAsync();
        await page.Locator("#id").FillAsync("by-page");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();

        await Expect(page).ToHaveURLAsync($"{silo.Address}/runs/by-page");
        await Expect(page.Locator(".facts")).ToContainTextAsync("ben");
        using var answer = await ben.GetAsync("/api/v1/runs/by-page");
        Assert.Contains("\"owner\":\"ben\"", (await answer.Content.ReadAsStringAsync()).Replace(" ", "", StringComparison.Ordinal));
        await window.IsSoundAsync("by-page");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/runs")]
    [InlineData("/runs/anns")]
    [InlineData("/runs/new")]
    [InlineData("/compare")]
    [InlineData("/datasets")]
    [InlineData("/datasets/fashion")]
    [InlineData("/cluster")]
    [InlineData("/workers")]
    [InlineData("/queue")]
    public async Task Pages_WithoutAKey_LeadToTheSignInPage(string path)
    {
        using var nobody = silo.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("text/html");
        using var answer = await nobody.SendAsync(request);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal($"/sign-in?from={Uri.EscapeDataString(path)}", $"{answer.Headers.Location}");
        Assert.Contains("default-src 'none'", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")));
    }

    [Theory]
    [InlineData("/grids/anns/10.png")]
    [InlineData("/_blazor/negotiate")]
    public async Task WhatPagesAskFor_WithoutAKey_IsRefused(string path)
    {
        using var nobody = silo.Client();
        using var answer = await nobody.SendAsync(
            new HttpRequestMessage(path.StartsWith("/_", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Get, path));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Cookie_SentByAPageOfAnotherOrigin_OpensNothing()
    {
        using var nobody = silo.Client();
        var cookie = (await SignInAsync(nobody, silo.Vera)).Cookie!;
        var host = new Uri(silo.Address).Authority;
        foreach (var (header, value, expected) in new[]
        {
            ("Sec-Fetch-Site", "same-origin", HttpStatusCode.OK), ("Sec-Fetch-Site", "same-site", HttpStatusCode.Unauthorized),
            ("Origin", "http://127.0.0.1:1", HttpStatusCode.Unauthorized), ("Origin", "null", HttpStatusCode.Unauthorized),
            // A proxy has ended TLS.
            ("Origin", $"https://{host}", HttpStatusCode.OK),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/_blazor/negotiate?negotiateVersion=1");
            request.Headers.Add("Cookie", cookie);
            request.Headers.Add(header, value);
            using var answer = await nobody.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task SignIn_BehindAProxyThatEndsTls_Works_AndTheCookieIsForHttpsAlone()
    {
        using var nobody = silo.Client();
        var host = new Uri(silo.Address).Authority;

        var (status, cookie, attributes) = await SignInAsync(nobody, silo.Vera, $"https://{host}");

        Assert.Equal(HttpStatusCode.Redirect, status);
        Assert.DoesNotContain(silo.Vera, cookie);
        Assert.Contains("secure", attributes);
        Assert.DoesNotContain("secure", (await SignInAsync(nobody, silo.Vera, $"http://{host}")).Attributes);
    }

    [Fact]
    public async Task SignIn_FromAPageOfAnotherOrigin_IsRefused()
    {
        using var nobody = silo.Client();
        Assert.Equal((HttpStatusCode.BadRequest, null), Status(await SignInAsync(nobody, silo.Vera, "http://elsewhere.example")));

        static (HttpStatusCode, string?) Status((HttpStatusCode Status, string? Cookie, string Attributes) answer) => (answer.Status, answer.Cookie);
    }

    /// <summary>A link from elsewhere brings no cookie: the page asks for itself again, from here.</summary>
    [Fact]
    public async Task Page_ByALinkFromAnotherSite_AsksAgainFromHere()
    {
        using var nobody = silo.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/runs");
        request.Headers.Accept.ParseAdd("text/html");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var answer = await nobody.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("http-equiv=\"refresh\"", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Assets_AreServed_AndKnownAgain()
    {
        using var nobody = silo.Client();
        Assert.True(EmbeddedAssets.Paths.Count() >= 6);
        foreach (var path in EmbeddedAssets.Paths)
        {
            using var answer = await nobody.GetAsync($"/{path}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.NotEmpty(await answer.Content.ReadAsByteArrayAsync());
            using var again = new HttpRequestMessage(HttpMethod.Get, $"/{path}");
            again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
            using var same = await nobody.SendAsync(again);
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        }
    }

    [Theory]
    [InlineData("/runs/a?b=c", "/runs/a?b=c")]
    [InlineData("/", "/")]
    [InlineData("//elsewhere.example", "/")]
    [InlineData("/\\elsewhere.example", "/")]
    [InlineData("https://elsewhere.example", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void WhereSigningInLeads_IsOnThisServer(string? asked, string expected) => Assert.Equal(expected, SignInRoutes.Within(asked));

    /// <summary>As a browser does, that names a page's origin.</summary>
    private static async Task<(HttpStatusCode Status, string? Cookie, string Attributes)> SignInAsync(
        HttpClient nobody, string key, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/session")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["key"] = key, ["from"] = "/runs" }),
        };
        if (origin is not null) request.Headers.Add("Origin", origin);
        using var answer = await nobody.SendAsync(request);
        var set = answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? Assert.Single(cookies).Split(';', 2) : null;
        return (answer.StatusCode, set?[0], set?[1] ?? "");
    }

    private static async Task SignInAsync(IPage page, string key)
    {
        await page.GetByLabel("Key of the API").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }
}
