using PgmCluster.Data.Names;

namespace PgmCluster.Data.Tests.Names;

public class ComposedTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("cafe\u0301", "caf\u00e9")]
    [InlineData("caf\u00e9", "caf\u00e9")]
    [InlineData("e\u0302\u0301", "\u1ebf")]
    [InlineData("A\u030a", "\u00c5")]
    [InlineData("\u1112\u1161\u11ab\u1100\u1173\u11af", "\ud55c\uae00")]
    [InlineData("\u304b\u3099", "\u304c")]
    [InlineData("\u0301a", "\u0301a")]
    [InlineData("\ud83d\udc31 x\u0301", "\ud83d\udc31 x\u0301")]
    public void Of_LettersWithMarks_AreOneCharacter(string text, string composed) => Assert.Equal(composed, ComposedText.Of(text));
}
