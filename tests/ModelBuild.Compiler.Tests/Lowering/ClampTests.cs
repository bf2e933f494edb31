using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Tests.Lowering;

public sealed class ClampTests
{
    private static readonly Clamp[] s_clamps =
        [new(), new(0), new(Maximum: 1), new(2, 5), new(-1, 1), new(0, 6), new(3, 3), new(-4, -2)];

    /// <summary>Also where ranges do not meet: the second has the last word.</summary>
    [Fact]
    public void Then_AnyTwo_AreOneAfterTheOther()
    {
        foreach (Clamp first in s_clamps)
        {
            foreach (Clamp second in s_clamps)
            {
                for (float x = -6; x <= 8; x += 0.5f)
                {
                    Assert.Equal(Apply(second, Apply(first, x)), Apply(first.Then(second), x));
                }
            }
        }
    }

    private static float Apply(Clamp clamp, float x) => MathF.Min(MathF.Max(x, clamp.Minimum), clamp.Maximum);
}
