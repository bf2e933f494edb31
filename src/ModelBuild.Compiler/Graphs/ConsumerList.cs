using System.Collections;

namespace ModelBuild.Compiler.Graphs;

/// <summary>
/// The nodes that read a value, in the order in which they began to, one entry per use. A use is added and removed in constant time,
/// however many others there are: a scalar may be read by every node of a network.
/// </summary>
internal sealed class ConsumerList : IReadOnlyList<Node>
{
    private readonly LinkedList<Node> _nodes = new();

    public int Count => _nodes.Count;

    /// <summary>For the first few: it walks there.</summary>
    public Node this[int index] => _nodes.ElementAt(index);

    /// <returns>What <see cref="Remove"/> wants.</returns>
    public LinkedListNode<Node> Add(Node consumer) => _nodes.AddLast(consumer);

    public void Remove(LinkedListNode<Node> use) => _nodes.Remove(use);

    /// <summary>True for a use that stands in this list.</summary>
    public bool Holds(LinkedListNode<Node>? use) => use?.List == _nodes;

    public IEnumerator<Node> GetEnumerator() => _nodes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
